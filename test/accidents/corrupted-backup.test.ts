import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { backupStage, taken } from '../support/backups.ts';
import { runCommand } from '../support/command-line.ts';
import { addUser, usersOf } from '../support/users.ts';

/** The disk with the backups has gone bad, and nobody has looked for months. */
test('a corrupted backup is noticed, refused, and the one before it brings the data back', async (t) => {
  const stage = await backupStage(t);
  const { environment, url } = stage;
  const before = await usersOf(url);
  const good = await taken(stage);
  await addUser(url, 'newcomer');
  const bad = await taken(stage);
  const dump = join(bad.path, 'database.dump');
  const bytes = readFileSync(dump);
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
  writeFileSync(dump, bytes);

  const verified = await runCommand(t, ['backup:verify', '--all'], { environment });
  t.match(verified, { code: 1, stdout: /1 of 2 backups are good/ });
  t.match(verified.stderr, new RegExp(`NOT GOOD: The backup ${bad.name} is damaged`));

  const refused = await runCommand(t, ['restore', 'latest', '--yes'], { environment });
  t.match(refused, { code: 1, stderr: new RegExp(`${bad.name} is damaged.*Use another backup`) });
  t.same(await usersOf(url), [...before, 'newcomer'], 'what is there is untouched');

  t.match(await runCommand(t, ['restore', good.name, '--yes'], { environment }), { code: 0 });
  t.same(await usersOf(url), before);
});
