import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'tap';
import { type Flight, SingleFlight } from '../../src/cache/single-flight.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const nobody = { generation: 1, epoch: 1, isGone: () => false };

test('a load that has ended keeps none of its readers, also for whoever still knows it', async (t) => {
  for (const ending of ['answered', 'failed'] as const) {
    const flights = new SingleFlight<string>();
    const known: Flight[] = [];
    let end = () => {};
    const load = async (flight: Flight) => {
      known.push(flight);
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      if (ending === 'failed') throw new Error('no luck');
      return 'body';
    };
    const readers = Array.from({ length: 3 }, () => {
      const request = { body: Array.from({ length: 1000 }, (_, index) => ({ index })) };
      const isGone = () => request.body.length === 0;
      void flights.join('key', { ...nobody, isGone }, load).catch(() => {});
      return new WeakRef(request);
    });
    t.equal(known.length, 1, 'they share it');
    t.equal(known[0]?.isWanted(), true);
    // What is only weakly held is kept to the end of the turn it was made in.
    await new Promise(setImmediate);
    collectGarbage();
    t.equal(readers.filter((reader) => reader.deref() !== undefined).length, 3, 'it waits with them');
    end();
    await new Promise(setImmediate);
    collectGarbage();
    t.equal(readers.filter((reader) => reader.deref() !== undefined).length, 0, ending);
    t.equal(flights.size, 0);
    t.equal(known.length, 1, 'and is still known here');
  }
});

test('readers of different times share nothing', async (t) => {
  const flights = new SingleFlight<number>();
  let loads = 0;
  const load = async (flight: Flight) => {
    flight.began(1);
    loads += 1;
    const mine = loads;
    await new Promise(setImmediate);
    return mine;
  };
  const join = (reader: Partial<typeof nobody>) => flights.join('key', { ...nobody, ...reader }, load);
  const answers = [join({}), join({}), join({ generation: 2 }), join({ epoch: 2 }), join({})];
  t.same(await Promise.all(answers), [1, 1, 2, 3, 4]);
  t.equal(flights.size, 0);
});
