import { postgresFolders } from '../../src/throwaway/postgres-folders.ts';
import { findProgram, run } from '../../src/throwaway/shell.ts';

/** Runs a file by psql: this machine's own, else the one in the container that publishes the server's port. */
export async function runScript(
  url: string,
  file: string,
  variables: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
  const program = await findProgram('psql', await postgresFolders());
  if (program !== undefined) {
    return run(program, ['-X', '-q', ...options, '-f', file, url], {
      environment: { ...process.env, ...environment },
    });
  }
  const { port, pathname, username, password } = new URL(url);
  const container = await run('docker', ['ps', '--filter', `publish=${port}`, '--format', '{{.Names}}']);
  const passed = { ...environment, PGPASSWORD: password };
  await run('docker', ['cp', file, `${container}:/tmp/script.sql`]);
  const names = Object.keys(passed).flatMap((name) => ['--env', name]);
  const psql = ['psql', '-X', '-q', ...options, '-U', username, '-d', pathname.slice(1), '-f', '/tmp/script.sql'];
  return run('docker', ['exec', ...names, container, ...psql], { environment: { ...process.env, ...passed } });
}
