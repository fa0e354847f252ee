import { run } from '../../throwaway/shell.ts';

/** True for this machine: its loopback, and unix sockets. */
export function isThisMachine(host: string): boolean {
  return /^(localhost$|127\.|::1$|\/)/.test(host);
}

/** The Docker container that publishes that port of this machine, and the port in it; undefined where none does. */
export async function findContainer(
  port: number,
): Promise<{ readonly container: string; readonly innerPort: number } | undefined> {
  const filters = ['--filter', `publish=${port}`];
  const listed = await run('docker', ['ps', ...filters, '--format', '{{.Names}} {{.Ports}}']).catch(() => '');
  const container = listed.split(/[ \n]/)[0] ?? '';
  const innerPort = Number(new RegExp(`:${port}->(\\d+)/tcp`).exec(listed)?.[1] ?? Number.NaN);
  return container === '' || Number.isNaN(innerPort) ? undefined : { container, innerPort };
}
