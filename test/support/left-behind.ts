import { dirname, join } from 'node:path';
import { startPgbouncer } from '../../src/throwaway/pgbouncer.ts';
import { startReplicated } from '../../src/throwaway/replicated-postgres.ts';
import { FAST_POSTGRES } from './private-servers.ts';

/** A program that starts servers, says where they are and waits to be killed. */
const { primary, folder } = await startReplicated({ purpose: 'left', standbys: 1, parameters: FAST_POSTGRES });
const pgbouncer = await startPgbouncer({ purpose: 'left', postgres: primary });
const pgbouncerPid = /\S+\/pgbouncer\.pid/.exec(pgbouncer.commands.kill)?.[0] ?? '';
const postgresPids = ['postgres-1', 'postgres-2'].map((name) => join(folder, name, 'postmaster.pid'));
console.log(
  JSON.stringify({
    folders: [folder, dirname(dirname(pgbouncerPid))],
    pidFiles: [...postgresPids, pgbouncerPid],
  }),
);
setInterval(() => {}, 60_000);
