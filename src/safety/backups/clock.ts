import type { ClientBase } from 'pg';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { withConnection } from '../connection.ts';
import { maintenanceAddress } from './maintenance.ts';

/** Clocks that NTP sets are never so far apart. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** True for a time that is yet to come: a clock that was ahead made it, and nobody knows when that was. */
export function isAhead(moment: Date, now: Date): boolean {
  return moment.getTime() - now.getTime() > CLOCK_TOLERANCE_MS;
}

/** What to do about backups of a time that is yet to come. */
export function explainAhead(names: readonly string[]): string {
  return (
    `Of a time yet to come, and so not taken for the latest: ${names.join(', ')}. A clock was ahead then or is behind ` +
    'now: let NTP set it. Take and prove a backup (npm run backup, npm run backup:verify), then remove what is named ' +
    'here from the folder; until then it can be restored by its name.'
  );
}

/** The time by PostgreSQL's clock: backups of one database may be taken and judged on several machines. */
export async function readClock(client: ClientBase): Promise<Date> {
  const { rows } = await client.query<{ now: string }>(
    'select extract(epoch from clock_timestamp()) * 1000 as now',
  );
  return new Date(Number(rows[0]?.now));
}

/** The same from the server at `address`; by this machine's clock where that cannot be asked. */
export function presentTime(address: DatabaseAddress): Promise<Date> {
  return withConnection(maintenanceAddress(address), readClock).catch(() => new Date());
}
