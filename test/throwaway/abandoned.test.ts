import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'tap';
import { isAlive } from '../../src/throwaway/processes.ts';
import { createWorkspace } from '../../src/throwaway/workspace.ts';
import { until } from '../support/http.ts';

const SERVERS = join(import.meta.dirname, '../support/left-behind.ts');

test('what a run leaves that was killed with SIGKILL is ended and removed by the next', async (t) => {
  const run = spawn(process.execPath, [SERVERS], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => run.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: run.stdout }), 'line')) as [string];
  const { folders, pidFiles } = JSON.parse(line) as { folders: string[]; pidFiles: string[] };
  const pids = pidFiles.map((file) => Number.parseInt(readFileSync(file, 'utf8'), 10));
  t.equal(pids.filter(isAlive).length, 3, 'a primary, a standby and PgBouncer');

  run.kill('SIGKILL');
  await until('the run is gone', () => run.signalCode !== null);
  createWorkspace('next').remove();
  await until('its servers are gone', () => !pids.some(isAlive));
  t.same(folders.filter(existsSync), []);
});
