import { type Client, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { maintenanceAddress } from './maintenance.ts';
import { withAbortableConnection } from './sessions.ts';

/**
 * What belongs to a database and is in no dump of its contents: who may connect, and how many, its comment and its
 * settings.
 */
type Properties = {
  readonly grants: readonly {
    readonly grantee: string | null;
    readonly privilege: string;
    readonly grantable: boolean;
  }[];
  /** False where nobody ever changed who may connect. */
  readonly hasGrants: boolean;
  /** -1 where there is none; PostgreSQL's -2, for a database that was half dropped, is none. */
  readonly connectionLimit: number;
  readonly comment: string | null;
  readonly settings: readonly { readonly role: string | null; readonly setting: string }[];
};

export type CopyOptions = {
  readonly from: string;
  readonly to: string;
  readonly signal: AbortSignal;
  readonly progress: (sentence: string) => void;
};

/** Gives database `to` those properties of database `from`. What only a superuser may set is told, and left. */
export function copyProperties(
  address: DatabaseAddress,
  { from, to, signal, progress }: CopyOptions,
): Promise<void> {
  return withAbortableConnection(maintenanceAddress(address), signal, async (client) => {
    const properties = await readProperties(client, from);
    const database = escapeIdentifier(to);
    if (properties.hasGrants) {
      await client.query(`revoke all on database ${database} from public`);
      for (const { grantee, privilege, grantable } of properties.grants) {
        const who = grantee === null ? 'public' : escapeIdentifier(grantee);
        const option = grantable ? 'with grant option' : '';
        await client.query(`grant ${privilege} on database ${database} to ${who} ${option}`);
      }
    }
    await client.query(`alter database ${database} connection limit ${properties.connectionLimit}`);
    await client.query(
      `comment on database ${database} is ${properties.comment === null ? 'null' : escapeLiteral(properties.comment)}`,
    );
    for (const { role, setting } of properties.settings) {
      const [name = ''] = setting.split('=', 1);
      const owner = (of: string) =>
        role === null ? `database ${of}` : `role ${escapeIdentifier(role)} in database ${of}`;
      try {
        // By way of our own session: lists such as search_path are quoted in another way than plain values.
        await client.query('select set_config($1, $2, false)', [name, setting.slice(name.length + 1)]);
        await client.query(`alter ${owner(database)} set ${name} from current`);
        await client.query(`reset ${name}`);
      } catch (error) {
        if (!(error instanceof DatabaseError && error.code === NOT_PERMITTED)) throw error;
        progress(
          `The setting ${setting} is not taken over, because ${address.user} may not set it. Afterwards, as a ` +
            `superuser: alter ${owner(escapeIdentifier(from))} set ${name} = …`,
        );
      }
    }
  });
}

const NOT_PERMITTED = '42501';

async function readProperties(client: Client, database: string): Promise<Properties> {
  const { rows } = await client.query<Properties>(
    `select datacl is not null as "hasGrants",
       (
         select coalesce(jsonb_agg(jsonb_build_object(
           'grantee', case grantee when 0 then null else pg_get_userbyid(grantee) end,
           'privilege', privilege_type,
           'grantable', is_grantable
         )), '[]')
         from aclexplode(datacl)
         where grantee <> datdba
       ) as grants,
       greatest(datconnlimit, -1) as "connectionLimit",
       shobj_description(oid, 'pg_database') as comment,
       (
         select coalesce(jsonb_agg(jsonb_build_object(
           'role', case setrole when 0 then null else pg_get_userbyid(setrole) end,
           'setting', setting
         )), '[]')
         from pg_db_role_setting, unnest(setconfig) as setting
         where setdatabase = pg_database.oid
       ) as settings
     from pg_database
     where datname = $1`,
    [database],
  );
  return rows[0] ?? { hasGrants: false, grants: [], connectionLimit: -1, comment: null, settings: [] };
}
