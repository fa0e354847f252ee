import type { ClientBase } from 'pg';
import { CLOCK_TOLERANCE_MS } from './clock.ts';
import type { BackupReason } from './manifest.ts';
import { isDamaged, listBackups } from './store.ts';
import { proofOf, readVerification } from './verification.ts';

const FAILURES_KEPT = '90 days';

/** False in a database from before the migration that made these tables. */
async function hasHistory(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('public.backup_history') is not null
        and to_regclass('public.backup_schedule') is not null as there`,
  );
  return rows[0]?.there === true;
}

/** Tells the database what the folder holds, so that a server that does not see the folder can say so. */
export async function recordBackups(client: ClientBase, folder: string, database: string): Promise<void> {
  if (!(await hasHistory(client))) return;
  for (const backup of await listBackups(folder, database)) {
    if (isDamaged(backup)) {
      await client.query('update public.backup_history set problem = $2, verified_at = null where name = $1', [
        backup.name,
        backup.damage.message,
      ]);
      continue;
    }
    const { name, reason, takenAt, durationMs, dump } = backup.manifest;
    const verification = await readVerification(backup.path);
    await client.query(
      `insert into public.backup_history (name, reason, taken_at, duration_ms, bytes, verified_at, problem)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (name) do update
       set verified_at = excluded.verified_at, problem = excluded.problem, bytes = excluded.bytes,
         duration_ms = excluded.duration_ms
       where (backup_history.verified_at, backup_history.problem, backup_history.bytes)
         is distinct from (excluded.verified_at, excluded.problem, excluded.bytes)`,
      [
        ...[name, reason, takenAt, durationMs, dump.bytes],
        proofOf(verification) === 'passed' ? verification?.at : null,
        verification?.problem ?? null,
      ],
    );
  }
}

/** Tells the database that a backup was attempted in vain. */
export async function recordFailure(
  client: ClientBase,
  failure: { readonly name: string; readonly reason: BackupReason; readonly problem: string },
): Promise<void> {
  if (!(await hasHistory(client))) return;
  await client.query(
    `insert into public.backup_history (name, reason, taken_at, problem) values ($1, $2, now(), $3)
     on conflict (name) do nothing`,
    [failure.name, failure.reason, failure.problem],
  );
}

/** Forgets backups that are in the folder no more, and old failures. For the schedule only: its folder is the truth. */
export async function forgetRemoved(client: ClientBase, folder: string, database: string): Promise<void> {
  if (!(await hasHistory(client))) return;
  const names = (await listBackups(folder, database)).map(({ name }) => name);
  await client.query(
    `delete from public.backup_history
     where case when bytes is null then taken_at < now() - $2::interval else name <> all ($1) end`,
    [names, FAILURES_KEPT],
  );
}

/** Notes that the schedule is at work, and when it means to take the next daily backup. */
export async function recordSchedule(client: ClientBase, nextAt: Date): Promise<void> {
  if (!(await hasHistory(client))) return;
  await client.query('update public.backup_schedule set last_seen_at = now(), next_at = $1', [nextAt]);
}

/** Forgets when the schedule was seen: in a restored database that is long ago, and says nothing. */
export async function resetSchedule(client: ClientBase): Promise<void> {
  if (!(await hasHistory(client))) return;
  await client.query('update public.backup_schedule set last_seen_at = null, next_at = null');
}

/** What the database knows of its backups. */
export type BackupStatus = {
  /** Since when backups may be expected: when the database learnt of them. */
  readonly expectedSince: Date;
  /** The newest complete one, but for those of a time yet to come; undefined when there is none. */
  readonly last:
    | {
        readonly name: string;
        readonly reason: string;
        readonly takenAt: Date;
        readonly durationMs: number;
        readonly bytes: number;
        /** Size of the one before, in bytes. */
        readonly previousBytes: number | undefined;
        /** What its verification found wrong. */
        readonly problem: string | undefined;
      }
    | undefined;
  /** When a backup was last proven by restoring it. */
  readonly lastVerifiedAt: Date | undefined;
  /** An attempt after the newest complete one that came to nothing. */
  readonly failure: { readonly at: Date; readonly problem: string } | undefined;
  /** When the schedule was last seen at work; undefined when it never was. */
  readonly scheduleSeenAt: Date | undefined;
  /** The names of those of a time yet to come, which a clock made that was ahead. */
  readonly ahead: readonly string[];
  readonly nextAt: Date | undefined;
};

type StatusRow = {
  expectedSince: string;
  scheduleSeenAt: string | null;
  nextAt: string | null;
  ahead: string[];
  lastVerifiedAt: string | null;
  taken: {
    name: string;
    reason: string;
    takenAt: string;
    durationMs: number;
    bytes: number;
    problem: string | null;
  }[];
  failure: { at: string; problem: string } | null;
};

/** Reads it in one cheap query; undefined in a database from before backups were noted. */
export async function readBackupStatus(client: ClientBase): Promise<BackupStatus | undefined> {
  if (!(await hasHistory(client))) return undefined;
  const { rows } = await client.query<{ status: StatusRow }>(
    `with clock as (select now() + $1::float8 * interval '1 millisecond' as latest),
     past as (
       select backup_history.* from public.backup_history, clock where taken_at <= latest
     )
     select jsonb_build_object(
       'expectedSince', expected_since,
       'scheduleSeenAt', last_seen_at,
       'nextAt', next_at,
       'lastVerifiedAt', (select max(verified_at) from past, clock where verified_at <= latest),
       'taken', (
         select coalesce(jsonb_agg(jsonb_build_object(
           'name', name, 'reason', reason, 'takenAt', taken_at, 'durationMs', duration_ms, 'bytes', bytes,
           'problem', problem
         ) order by taken_at desc), '[]')
         from (
           select * from past where bytes is not null order by taken_at desc limit 2
         ) as newest
       ),
       'failure', (
         select jsonb_build_object('at', taken_at, 'problem', problem)
         from past
         where bytes is null
           and taken_at > coalesce((select max(taken_at) from past where bytes is not null), '-infinity')
         order by taken_at desc
         limit 1
       ),
       'ahead', (
         select coalesce(jsonb_agg(name order by taken_at), '[]')
         from public.backup_history, clock
         where bytes is not null and taken_at > latest
       )
     ) as status
     from public.backup_schedule`,
    [CLOCK_TOLERANCE_MS],
  );
  const status = rows[0]?.status;
  if (status === undefined) return undefined;
  const [last, previous] = status.taken;
  return {
    expectedSince: new Date(status.expectedSince),
    last: last && {
      ...last,
      takenAt: new Date(last.takenAt),
      previousBytes: previous?.bytes,
      problem: last.problem ?? undefined,
    },
    lastVerifiedAt: moment(status.lastVerifiedAt),
    failure: status.failure === null ? undefined : { ...status.failure, at: new Date(status.failure.at) },
    scheduleSeenAt: moment(status.scheduleSeenAt),
    nextAt: moment(status.nextAt),
    ahead: status.ahead,
  };
}

function moment(text: string | null): Date | undefined {
  return text === null ? undefined : new Date(text);
}
