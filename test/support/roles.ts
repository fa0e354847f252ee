import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Test } from 'tap';
import { testEnvironment } from './environment.ts';
import { temporaryFolder } from './folders.ts';
import { runScript } from './psql.ts';
import { sharedServers, sql } from './shared-servers.ts';

export const ROLES = join(import.meta.dirname, '../../sql/roles.sql');
const SERVER_PASSWORD = "it's a 'quoted' pass\\word";
const OWNER_PASSWORD = 'battery-staple-42';

/** A database with the sample blog whose two roles sql/roles.sql has made. */
export async function withRoles(t: Test) {
  const environment = await testEnvironment(t);
  const suffix = randomUUID().slice(0, 8);
  const names = { owner: `owner_${suffix}`, server: `server_${suffix}` };
  const url = environment.DATABASE_URL;
  t.teardown(async () => {
    for (const role of Object.values(names)) {
      await sql(url, `drop owned by ${role} cascade`);
      await sql(sharedServers().postgresUrl, `drop owned by ${role} cascade`);
      await sql(url, `alter database ${new URL(url).pathname.slice(1)} owner to current_user; drop role ${role}`);
    }
  });
  const setUp = () =>
    runScript(url, ROLES, names, { DB_OWNER_PASSWORD: OWNER_PASSWORD, DB_PASSWORD: SERVER_PASSWORD });
  await setUp();
  const as = (user: string, password: string) => {
    const changed = new URL(url);
    changed.username = user;
    changed.password = encodeURIComponent(password);
    return changed.href;
  };
  const serverUrl = as(names.server, SERVER_PASSWORD);
  return {
    setUp,
    names,
    serverUrl,
    ownerUrl: as(names.owner, OWNER_PASSWORD),
    environment: {
      ...environment,
      DATABASE_URL: serverUrl,
      DB_OWNER_USER: names.owner,
      DB_OWNER_PASSWORD: OWNER_PASSWORD,
      BACKUP_DIR: temporaryFolder(t),
    },
  };
}
