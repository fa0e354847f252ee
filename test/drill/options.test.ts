import { test } from 'tap';
import { faults } from '../../src/drill/faults/faults.ts';
import { readOptions } from '../../src/drill/options.ts';

const namesIn = (args: readonly string[]) => {
  const options = readOptions(args);
  if ('print' in options) throw new Error(options.print);
  return options.faults.map(({ name }) => name);
};

test('what npm run drill is asked for', async (t) => {
  t.same(namesIn([]), ['postgres-killed'], 'by itself the one of the README');
  t.same(namesIn(['--fault', 'redis-full', '--fault', 'postgres-frozen']), ['postgres-frozen', 'redis-full']);
  t.equal(namesIn(['--all']).length, faults.length);
  t.equal(new Set(faults.map(({ name }) => name)).size, faults.length, 'every fault has a name of its own');

  const list = readOptions(['--list']);
  t.match(list, { code: 0 });
  for (const { name, sentence } of faults) t.ok('print' in list && list.print.includes(`${name} `), sentence);

  for (const [args, reason] of [
    [['--fault', 'earthquake'], 'There is no fault "earthquake". There are:'],
    [['--quickly'], "Unknown option '--quickly'"],
  ] as const) {
    const refused = readOptions(args);
    t.ok('print' in refused && refused.print.startsWith(reason) && refused.print.includes('npm run drill'));
    t.match(refused, { code: 64 });
  }
});
