import { test } from 'tap';
import { checkBackup } from '../../src/monitoring/backup-check.ts';
import type { BackupStatus } from '../../src/safety/backups/history.ts';
import { verifyBackup } from '../../src/safety/backups/verify.ts';
import { backupStage, taken } from '../support/backups.ts';
import { get, until } from '../support/http.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const hoursAgo = (hours: number) => new Date(NOW - hours * 3_600_000);

const backup = {
  name: 'b',
  reason: 'daily',
  durationMs: 1000,
  bytes: 1000,
  previousBytes: 900,
  problem: undefined,
};
const GOOD: BackupStatus = {
  expectedSince: hoursAgo(1000),
  last: { ...backup, takenAt: hoursAgo(10) },
  lastVerifiedAt: hoursAgo(9),
  failure: undefined,
  scheduleSeenAt: hoursAgo(0.01),
  nextAt: hoursAgo(-14),
  ahead: [],
};

test('each way in which backups can be missing is told apart, with what to do', async (t) => {
  for (const [change, status, message] of [
    [{}, 'pass', /^The last backup is of 2026-11-21T02/],
    [{ last: undefined, expectedSince: hoursAgo(2) }, 'pass', /No backup was due yet/],
    [{ last: undefined, lastVerifiedAt: undefined }, 'fail', /There is no backup.*npm run backup/],
    [{ last: { ...backup, takenAt: hoursAgo(26) } }, 'fail', /is of 2026-11-20T10.*npm run schedule/],
    [{ last: { ...backup, takenAt: hoursAgo(1), problem: 'It is damaged.' } }, 'fail', /not good: It is damaged/],
    [{ failure: { at: hoursAgo(1), problem: 'disk full' } }, 'warn', /attempt at a backup failed: disk full/],
    [{ last: { ...backup, takenAt: hoursAgo(1), bytes: 100 } }, 'warn', /has 100 bytes, the one before 900/],
    [{ lastVerifiedAt: hoursAgo(30) }, 'warn', /backup:verify/],
    [{ lastVerifiedAt: undefined }, 'warn', /backup:verify/],
    [{ scheduleSeenAt: hoursAgo(1) }, 'warn', /npm run schedule was last seen at 2026-11-21T11/],
    [{ scheduleSeenAt: undefined }, 'pass', /./],
    [{ ahead: ['b_of_2027'] }, 'warn', /yet to come.*: b_of_2027\..*remove/],
    [{ last: undefined, ahead: ['b_of_2027'] }, 'fail', /There is no backup.*: b_of_2027\./],
  ] as const) {
    t.match(checkBackup({ ...GOOD, ...change }, NOW), { status, message }, JSON.stringify(change));
  }
  t.match(checkBackup(undefined), { status: 'warn' });
});

test('the server tells of backups that were taken on another machine, by health and by metrics', async (t) => {
  const stage = await backupStage(t);
  const { origin } = await startSteadfast(t, { ...stage.environment, BACKUP_DIR: '/nowhere/to/be/seen' });
  const metric = async (name: string) =>
    Number(new RegExp(`^${name} (\\S+)$`, 'm').exec((await get(origin, '/metrics')).text)?.[1] ?? Number.NaN);
  t.match((await get(origin, '/health/database')).json, { last_backup: null, backup_last_verified_at: null });
  t.match(await metric('backup_last_success_timestamp_seconds'), Number.NaN, 'nothing rather than 1970');

  const one = await taken(stage);
  await verifyBackup(stage.config, one, () => {});
  const { manifest } = one;
  await until('it has looked again', async () => !Number.isNaN(await metric('backup_last_size_bytes')), 30_000);
  t.match((await get(origin, '/health/database')).json, {
    last_backup: { name: one.name, reason: 'manual', bytes: manifest.dump.bytes, taken_at: manifest.takenAt },
    backup_last_verified_at: String,
  });
  t.equal(await metric('backup_last_success_timestamp_seconds'), Date.parse(manifest.takenAt) / 1000);
  t.equal(await metric('backup_last_size_bytes'), manifest.dump.bytes);
  t.equal(await metric('backup_last_duration_seconds'), manifest.durationMs / 1000);
  t.ok((await metric('backup_last_verified_timestamp_seconds')) > Date.parse(manifest.takenAt) / 1000);
  t.match((await get(origin, '/health')).json, { checks: { backup: { status: 'pass' } } });
});

test('a backup that is too old degrades health and raises the metric of the check', async (t) => {
  const stage = await backupStage(t);
  await sql(stage.url, "update backup_schedule set expected_since = now() - interval '2 days'");
  const { origin } = await startSteadfast(t, stage.environment);
  t.match(await get(origin, '/health'), {
    status: 200,
    json: { status: 'degraded', checks: { backup: { status: 'fail', message: /There is no backup/ } } },
  });
  t.match((await get(origin, '/metrics')).text, /^health_check_status\{check="backup"\} 0$/m);
});
