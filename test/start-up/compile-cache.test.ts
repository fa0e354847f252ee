import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get } from '../support/http.ts';
import { startSteadfast } from '../support/steadfast.ts';

test('what Node keeps of a start for the next one', async (t) => {
  const environment = await testEnvironment(t);
  const folder = join(t.testdir({}), 'cache');
  const startsWith = async (NODE_COMPILE_CACHE: string) => {
    const { origin, stop } = await startSteadfast(t, { ...environment, NODE_COMPILE_CACHE });
    t.equal((await get(origin, '/readyz')).status, 200);
    t.equal((await get(origin, '/api/articles')).status, 200);
    await stop();
  };
  const kept = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((file) => statSync(file).isFile());

  t.test('is written when a server ends', async (t) => {
    await startsWith(folder);
    t.ok(kept().length > 100, `${kept().length} files`);
  });

  t.test('does no harm where it is damaged', async (t) => {
    for (const [index, file] of kept().entries()) writeFileSync(file, index % 2 === 0 ? '' : 'not what Node wrote');
    await startsWith(folder);
    t.pass();
  });

  t.test('is done without where there can be no folder', async (t) => {
    mkdirSync(join(folder, '..', 'other'));
    const file = join(folder, '..', 'other', 'file');
    writeFileSync(file, '');
    await startsWith(join(file, 'cache'));
    t.equal(statSync(file).size, 0);
  });
});
