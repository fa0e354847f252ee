import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { children, isAlive } from '../../src/throwaway/processes.ts';
import { temporaryFolder } from '../support/folders.ts';
import { until } from '../support/http.ts';

const PROGRAM = join(import.meta.dirname, '../../src/drill/drill.ts');

test('Ctrl-C in the middle of a fault leaves no process and no folder', async (t) => {
  const report = join(temporaryFolder(t), 'drill.html');
  const child = spawn(process.execPath, [PROGRAM, '--fault', 'postgres-frozen', '--report', report]);
  t.teardown(() => child.kill('SIGTERM'));
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await until('the fault has begun', () => / fault /.test(printed), 60_000);

  const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`steadfast-drill-${child.pid}-`));
  const [folder = ''] = folders();
  const postmaster = Number.parseInt(readFileSync(join(tmpdir(), folder, 'postgres/postmaster.pid'), 'utf8'), 10);
  const family = [...children(child.pid ?? 0), ...children(postmaster)].filter(isAlive);
  t.ok(family.length >= 4, 'PostgreSQL, Redis, Steadfast and the load run');

  child.kill('SIGINT');
  t.equal(await ended, 130, printed);
  t.same(folders(), []);
  await until('every process has ended', () => !family.some(isAlive));
  t.match(printed, /Stopped; everything it had started is gone\./);
});
