import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'tap';
import { openCache } from '../support/open-cache.ts';

const MB = 1024 * 1024;
const ENTRIES = 3000;

test('what is taken over from Redis keeps alive no more than itself', async (t) => {
  const prefix = `test-${randomUUID()}`;
  const settings = { prefix, memoryBytes: String(16 * MB), freshMs: '600000' };
  const writer = await openCache(t, settings);
  const body = randomBytes(300).toString('hex');
  const key = (index: number) => ({ family: 'things', name: `small-${index}` });
  for (let index = 0; index < ENTRIES; index += 1) await writer.read(key(index), async () => body);

  const reader = await openCache(t, settings);
  for (let index = 0; index < ENTRIES; index += 50) {
    const some = Array.from({ length: 50 }, (_, offset) => key(index + offset));
    const answers = await Promise.all(some.map((one) => reader.read(one, async () => body)));
    for (const { entry, source } of answers) {
      if (source !== 'redis' || entry.body === null) throw new Error(`from ${source}`);
      if (entry.body.buffer.byteLength > 2 * entry.body.length) {
        t.equal(entry.body.buffer.byteLength, entry.body.length, 'it is a view of much more');
        return;
      }
    }
  }
  const { entries, bytes, maxBytes } = reader.snapshot().memory;
  t.equal(entries, ENTRIES);
  t.ok(bytes < maxBytes);
});

test('the memory of a process stays within its bound, whatever comes', async (t) => {
  const cache = await openCache(t, { memoryBytes: String(MB), freshMs: '600000' });
  for (let index = 0; index < 2000; index += 1) {
    await cache.read({ family: 'things', name: `large-${index}` }, async () => 'x'.repeat(index * 10));
    const { bytes } = cache.snapshot().memory;
    if (bytes > MB) t.fail(`${bytes} bytes after ${index} entries`);
  }
  t.ok(cache.snapshot().memory.entries < 2000, 'the least recently used went');
});
