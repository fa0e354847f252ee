import { Gauge, type Registry } from 'prom-client';
import type { BackupStatus } from '../safety/backups/history.ts';

/** The last backup and its proof, as the database knew them when it was last looked at. Absent as long as there is none. */
export function backupMetrics(registers: Registry[], status: () => BackupStatus | undefined): void {
  const gauges = {
    backup_last_success_timestamp_seconds: {
      help: 'When the last complete backup was taken',
      value: ({ last }: BackupStatus) => seconds(last?.takenAt.getTime()),
    },
    backup_last_verified_timestamp_seconds: {
      help: 'When a backup was last proven by restoring it',
      value: ({ lastVerifiedAt }: BackupStatus) => seconds(lastVerifiedAt?.getTime()),
    },
    backup_last_size_bytes: {
      help: 'Size of the last complete backup',
      value: ({ last }: BackupStatus) => last?.bytes,
    },
    backup_previous_size_bytes: {
      help: 'Size of the complete backup before the last',
      value: ({ last }: BackupStatus) => last?.previousBytes,
    },
    backup_last_duration_seconds: {
      help: 'How long the last complete backup took',
      value: ({ last }: BackupStatus) => seconds(last?.durationMs),
    },
  };
  for (const [name, { help, value }] of Object.entries(gauges)) {
    // With a label name, a gauge that was never set says nothing instead of 0.
    new Gauge({
      name,
      help,
      registers,
      labelNames: ['database'],
      collect() {
        this.reset();
        const current = status();
        const known = current && value(current);
        if (known !== undefined) this.set({}, known);
      },
    });
  }
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
