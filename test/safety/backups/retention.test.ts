import { test } from 'tap';
import type { BackupReason } from '../../../src/safety/backups/manifest.ts';
import { expired, type Kept } from '../../../src/safety/backups/retention.ts';
import { lastDue } from '../../../src/safety/backups/schedule.ts';
import { DAY_MS } from '../../../src/safety/backups/units.ts';

const NOW = new Date('2026-11-21T02:10:00Z');

function backup(
  reason: BackupReason,
  daysAgo: number,
  proof: Kept['proof'] = 'passed',
  schemaVersion = '0001',
): Kept {
  const takenAt = new Date(NOW.getTime() - daysAgo * DAY_MS);
  return { name: `${reason} ${daysAgo}`, reason, schemaVersion, takenAt, proof };
}

const days = (count: number) => Array.from({ length: count }, (_, day) => day);
const names = (backups: readonly Kept[]) => backups.map(({ name }) => name);

test('dailies are kept for seven days', async (t) => {
  const dailies = days(12).map((day) => backup('daily', day));
  t.same(names(expired(dailies, NOW)), ['daily 8', 'daily 9', 'daily 10', 'daily 11']);
});

test('after a long pause the old dailies stay until there are seven new ones', async (t) => {
  const old = days(7).map((day) => backup('daily', day + 30));
  t.same(expired(old, NOW), []);
  t.same(names(expired([backup('daily', 0), ...old], NOW)), ['daily 36']);
});

test('those before migrations and restores are kept apart: many of them push no daily out', async (t) => {
  const many = days(40).flatMap((n) => [backup('pre-migration', n / 100), backup('pre-restore', n / 100)]);
  const dailies = days(7).map((day) => backup('daily', day));
  const gone = expired([...many, ...dailies], NOW);
  t.equal(gone.length, 69);
  t.notOk(gone.some(({ reason }) => reason === 'daily'));
});

test('of many tries at a migration the first backup stays, from before anything was done', async (t) => {
  const tries = (version: string, from: number) =>
    days(8).map((day) => backup('pre-migration', from + day, 'passed', version));
  const gone = expired([...tries('0003', 0), ...tries('0002', 8), ...tries('0001', 16)], NOW);
  t.same(
    names(
      [...tries('0003', 0), ...tries('0002', 8), ...tries('0001', 16)].filter(
        ({ name }) => !names(gone).includes(name),
      ),
    ),
    [0, 1, 2, 3, 4, 7, 15, 23].map((day) => `pre-migration ${day}`),
  );
});

test('what a person took is never removed', async (t) => {
  t.same(
    expired(
      days(30).map((day) => backup('manual', day * 30)),
      NOW,
    ),
    [],
  );
});

test('the last proven one stays, however old, when all that came after are bad', async (t) => {
  const bad = days(20).map((day) => backup('daily', day, 'failed'));
  const good = backup('daily', 21);
  const gone = names(expired([...bad, good, backup('daily', 22)], NOW));
  t.notOk(gone.includes(good.name));
  t.notOk(gone.includes('daily 0'));
});

test('bad ones are not counted among the seven', async (t) => {
  const bad = days(8).map((day) => backup('daily', day, 'failed'));
  const good = days(7).map((day) => backup('daily', day + 8));
  t.same(
    expired([...bad, ...good], NOW).filter(({ proof }) => proof === 'passed'),
    [],
  );
});

test('a clock that is years ahead does not empty the folder', async (t) => {
  const dailies = days(7).map((day) => backup('daily', day));
  t.same(expired(dailies, new Date('2036-01-01T00:00:00Z')), []);
});

test('those of a time yet to come stay until then, and push no other out', async (t) => {
  const ahead = days(6).map((day) => backup('pre-restore', day - 200));
  t.same(expired([...ahead, backup('pre-restore', 0), backup('pre-restore', 1)], NOW), []);
});

test('a daily backup is due at the set time, UTC, and was due yesterday before that', async (t) => {
  const due = (now: string, minuteOfDay = 120) => lastDue(new Date(now), minuteOfDay).toISOString();
  t.equal(due('2026-11-21T02:00:00.000Z'), '2026-11-21T02:00:00.000Z');
  t.equal(due('2026-11-21T01:59:59.999Z'), '2026-11-20T02:00:00.000Z');
  t.equal(due('2026-03-01T00:30:00.000Z'), '2026-02-28T02:00:00.000Z');
  t.equal(due('2026-11-21T23:00:00.000Z', 23 * 60 + 59), '2026-11-20T23:59:00.000Z');
});
