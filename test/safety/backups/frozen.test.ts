import { join } from 'node:path';
import { test } from 'tap';
import { filesIn } from '../../support/backups.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { inflict, privateServers } from '../../support/private-servers.ts';
import { startCommand } from '../../support/running-command.ts';
import { holdTable } from '../../support/table-locks.ts';

test('a server that hangs during a backup is given up after a minute, in words, and nothing is left', async (t) => {
  const { postgres } = await privateServers(t);
  const folder = join(temporaryFolder(t), 'backups');
  await holdTable(t, postgres.url, { table: 'comments' });
  const command = startCommand(t, ['backup'], { DATABASE_URL: postgres.url, BACKUP_DIR: folder });
  await command.says(/tables counted/);
  await inflict('freeze', postgres);
  t.equal(await command.ended, 1);
  t.match(command.output(), /has not answered for 60 s. Look at the server/);
  t.same(filesIn(folder), []);
  await inflict('thaw', postgres);
});
