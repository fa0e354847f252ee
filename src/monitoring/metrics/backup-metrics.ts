import type { Registry } from 'prom-client';
import type { BackupStatus } from '../../safety/backups/history.ts';
import { scrapedGauge, timestamp } from './scraped.ts';

const METRICS: readonly (readonly [
  name: string,
  help: string,
  value: (status: BackupStatus) => number | boolean | undefined,
])[] = [
  [
    'backup_last_success_timestamp_seconds',
    'When the last complete backup was taken; absent as long as there is none',
    ({ last }) => timestamp(last?.takenAt),
  ],
  [
    'backup_last_verified_timestamp_seconds',
    'When a backup was last proven by restoring it; absent before the first time',
    ({ lastVerifiedAt }) => timestamp(lastVerifiedAt),
  ],
  ['backup_last_size_bytes', 'Size of the last complete backup', ({ last }) => last?.bytes],
  ['backup_previous_size_bytes', 'Size of the backup before that', ({ last }) => last?.previousBytes],
  [
    'backup_last_duration_seconds',
    'How long the last complete backup took',
    ({ last }) => last && last.durationMs / 1000,
  ],
  [
    'backup_last_damaged',
    '1 when the verification of the last complete backup found something wrong, else 0',
    ({ last }) => last && last.problem !== undefined,
  ],
  [
    'backup_last_attempt_failed',
    '1 when an attempt after the last complete backup came to nothing, else 0',
    ({ failure }) => failure !== undefined,
  ],
  [
    'backup_expected_since_timestamp_seconds',
    'Since when there could have been backups of this database',
    ({ expectedSince }) => timestamp(expectedSince),
  ],
  [
    'backup_schedule_last_seen_timestamp_seconds',
    'When npm run schedule was last seen at work; absent when it never was',
    ({ scheduleSeenAt }) => timestamp(scheduleSeenAt),
  ],
];

/** The last backup and its proof, as the database knew them when it was last looked at. */
export function backupMetrics(registers: Registry[], status: () => BackupStatus | undefined): void {
  for (const [name, help, value] of METRICS) {
    scrapedGauge(registers, {
      name,
      help,
      read: () => {
        const current = status();
        return current === undefined ? [] : [[value(current)]];
      },
    });
  }
}
