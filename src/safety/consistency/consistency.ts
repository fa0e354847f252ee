import type { Client } from 'pg';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { withConnection } from '../connection.ts';
import { checkIndexes } from './amcheck.ts';
import { consistencyChecks } from './checks.ts';

/** What one check found. */
export type ConsistencyFinding = {
  readonly check: string;
  readonly violations: number;
  /** One of them: "users 7: 3 counted, 4 kept". */
  readonly example: string | null;
};

export type ConsistencyResult = {
  readonly findings: readonly ConsistencyFinding[];
  /** Why the indexes could not be compared with their tables; undefined when they were. */
  readonly indexesUnchecked: string | undefined;
};

/** Reading all of a large database takes a while; nobody waits for it. */
const PARAMETERS = { search_path: 'public', statement_timeout: '30min', lock_timeout: '10s' };

/** Of one check, in a result that people read. */
export const INDEXES = 'indexes';

/**
 * Checks all data of a database, each check in one snapshot, and notes the findings in it. It reads every table, so it
 * takes as long as that takes, and hinders nobody.
 */
export function checkConsistency(
  owner: DatabaseAddress,
  progress: (sentence: string) => void,
): Promise<ConsistencyResult> {
  return withConnection(
    owner,
    async (client) => {
      const findings: ConsistencyFinding[] = [];
      for (const { name, violations } of await consistencyChecks(client)) {
        progress(`Checking ${name}`);
        const { rows } = await client.query<{ violations: string; example: string | null }>(
          `select count(*) as violations, min(what) as example from (${violations}) as violation`,
        );
        findings.push({ check: name, violations: Number(rows[0]?.violations), example: rows[0]?.example ?? null });
      }
      progress('Comparing every index with its table');
      const { damaged, unchecked } = await checkIndexes(client);
      if (unchecked === undefined) {
        findings.push({ check: INDEXES, violations: damaged.length, example: damaged[0] ?? null });
      }
      await note(client, findings);
      return { findings, indexesUnchecked: unchecked };
    },
    PARAMETERS,
  );
}

/** Replaces what was found before; a check that is no more is forgotten. */
async function note(client: Client, findings: readonly ConsistencyFinding[]): Promise<void> {
  await client.query(
    `with noted as (
       insert into public.consistency_findings (check_name, violations, example)
       select * from unnest($1::text[], $2::bigint[], $3::text[])
       on conflict (check_name) do update
       set violations = excluded.violations, example = excluded.example, checked_at = excluded.checked_at
       returning check_name
     )
     delete from public.consistency_findings where check_name not in (select check_name from noted)`,
    [
      findings.map(({ check }) => check),
      findings.map(({ violations }) => violations),
      findings.map(({ example }) => example),
    ],
  );
}

/** The last findings as the database has them, and when the oldest of them was made; undefined when there are none. */
export type ConsistencyStatus = {
  readonly checkedAt: Date;
  readonly violations: Readonly<Record<string, number>>;
  readonly examples: Readonly<Record<string, string>>;
};

export async function readConsistencyStatus(client: Client): Promise<ConsistencyStatus | undefined> {
  const { rows } = await client.query<{ name: string; violations: string; example: string | null; at: Date }>(
    `select check_name as name, violations, example, min(checked_at) over () as at
     from public.consistency_findings
     order by check_name`,
  );
  if (rows[0] === undefined) return undefined;
  return {
    checkedAt: rows[0].at,
    violations: Object.fromEntries(rows.map(({ name, violations }) => [name, Number(violations)])),
    examples: Object.fromEntries(rows.flatMap(({ name, example }) => (example === null ? [] : [[name, example]]))),
  };
}

/** Checks the data unless that was done since `due`; returns whether it did. */
export async function checkConsistencyWhenDue(
  owner: DatabaseAddress,
  due: Date,
  progress: (sentence: string) => void,
): Promise<boolean> {
  const last = await withConnection(owner, readConsistencyStatus, PARAMETERS);
  if (last !== undefined && last.checkedAt >= due) return false;
  progress('Checking the data');
  const { findings } = await checkConsistency(owner, () => {});
  const broken = findings.filter(({ violations }) => violations > 0).map(({ check }) => check);
  progress(
    broken.length === 0 ? 'Checked the data: all fits together' : `Checked the data. Wrong: ${broken.join(', ')}`,
  );
  return true;
}
