import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { getCACertificates } from 'node:tls';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { postgresFolders } from '../../throwaway/postgres-folders.ts';
import { run } from '../../throwaway/shell.ts';
import { primaryAddress } from '../primary-address.ts';
import { findContainer, isThisMachine } from './container.ts';

export type ToolName = 'pg_dump' | 'pg_restore' | 'pg_amcheck';

/** PostgreSQL's own programs in the version of one server, on this machine or in the server's container. */
export type Tools = {
  /** Which they are, for people. */
  readonly description: string;
  readonly command: (tool: ToolName) => { readonly program: string; readonly args: readonly string[] };
  /** How the programs reach the server, which in its container is another way than from here. */
  readonly reach: (address: DatabaseAddress) => DatabaseAddress;
};

/** A dead connection is noticed after half a minute; nothing of this is a secret. */
const KEEP_ALIVE = 'keepalives_idle=10 keepalives_interval=5 keepalives_count=4';
const LAST_LINES = 5;

/**
 * Finds the tools of that major version: on this machine, else in the container that publishes the server's port.
 * Another version will not do: an older one refuses the server, and what a newer one writes the server may not read.
 * @throws {Error} naming what to install
 */
export async function findTools(address: DatabaseAddress, majorVersion: number): Promise<Tools> {
  const found: string[] = [];
  for (const folder of [...(await postgresFolders()), ...(process.env.PATH ?? '').split(delimiter)]) {
    const version = await run(join(folder, 'pg_dump'), ['--version']).catch(() => undefined);
    if (version === undefined) continue;
    if (majorOf(version) === majorVersion) {
      return {
        description: `${version}, in ${folder}`,
        command: (tool) => ({ program: join(folder, tool), args: [] }),
        reach: (where) => where,
      };
    }
    found.push(`${version} in ${folder}`);
  }
  return (await findInContainer(address, majorVersion)) ?? refuse(majorVersion, found);
}

function refuse(majorVersion: number, found: readonly string[]): never {
  throw new Error(
    `The server is PostgreSQL ${majorVersion}, and this machine has no pg_dump and pg_restore of that version` +
      `${found.length > 0 ? ` (there is ${found.join(', ')})` : ''}; nor does a Docker container here publish the ` +
      `server's port. Install them (Debian, Ubuntu: apt-get install postgresql-client-${majorVersion}) and run this again.`,
  );
}

function majorOf(version: string): number {
  return Number(/(\d+)(?:\.\d+|devel|beta\d|rc\d)/.exec(version)?.[1] ?? Number.NaN);
}

/** The project's own container, or any other on this machine that publishes the port. */
async function findInContainer(address: DatabaseAddress, majorVersion: number): Promise<Tools | undefined> {
  if (!isThisMachine(address.host)) return undefined;
  const found = await findContainer(address.port);
  if (found === undefined) return undefined;
  const { container, innerPort } = found;
  const version = await run('docker', ['exec', container, 'pg_dump', '--version']).catch(() => '');
  if (majorOf(version) !== majorVersion) return undefined;
  return {
    description: `${version}, in the container ${container}`,
    command: (tool) => ({
      program: 'docker',
      // Named only: Docker takes the values from our environment, not from the command line.
      args: ['exec', '--interactive', ...PASSED_ON.flatMap((name) => ['--env', name]), container, tool],
    }),
    // Its own loopback, which needs no encryption.
    reach: (where) => ({ ...where, host: '127.0.0.1', port: innerPort, tls: { mode: 'disable' } }),
  };
}

const PASSED_ON = ['PGHOST', 'PGPORT', 'PGUSER', 'PGPASSWORD', 'PGDATABASE', 'PGAPPNAME', 'PGSSLMODE', 'LC_ALL'];

/** One of the tools was at work and did not end well. */
export class ToolFailed extends Error {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly killedBy: NodeJS.Signals | null;

  constructor(
    tool: ToolName,
    ending: { readonly exitCode: number | null; readonly killedBy: NodeJS.Signals | null },
    complaint: string,
  ) {
    super(`${tool} failed (${ending.killedBy ?? `exit code ${ending.exitCode}`}): ${complaint}`);
    this.name = 'ToolFailed';
    this.exitCode = ending.exitCode;
    this.killedBy = ending.killedBy;
  }
}

/** One of the tools at work. */
export type RunningTool = {
  readonly stdin: ChildProcessWithoutNullStreams['stdin'];
  readonly stdout: ChildProcessWithoutNullStreams['stdout'];
  /** Resolves when it ended well; rejects with what it complained about. */
  readonly ended: Promise<void>;
};

export type ToolOptions = {
  readonly signal: AbortSignal;
  /** Is told each line of what it reports. */
  readonly onLine?: (line: string) => void;
};

/** Starts a tool on a database. The password is in its environment only. */
export async function startTool(
  tools: Tools,
  tool: ToolName,
  args: readonly string[],
  address: DatabaseAddress,
  { signal, onLine }: ToolOptions,
): Promise<RunningTool> {
  const { program, args: leading } = tools.command(tool);
  const { environment, removeFiles } = await environmentFor(tools.reach(await primaryAddress(address)));
  const connection = tool === 'pg_amcheck' ? [] : ['--dbname', KEEP_ALIVE];
  const child = spawn(program, [...leading, ...args, ...connection], {
    env: environment,
    signal,
    // pg_dump answers SIGTERM by asking the server to cancel, which a server that hangs does not do.
    killSignal: 'SIGKILL',
  });
  const lines: string[] = [];
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const complete = (rest + text).split('\n');
    rest = complete.pop() ?? '';
    for (const line of complete) {
      onLine?.(line);
      lines.push(line);
      if (lines.length > 10 * LAST_LINES) lines.shift();
    }
  });
  // Its end says why; a pipe that broke because of it says nothing more.
  child.stdin.on('error', () => {});
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(signal.aborted ? signal.reason : error));
    child.once('close', (exitCode, killedBy) => {
      if (exitCode === 0) resolve();
      else reject(new ToolFailed(tool, { exitCode, killedBy }, complaint([...lines, rest])));
    });
  }).finally(removeFiles);
  // Whoever started it waits for it at the end, and may have stopped for another reason before.
  ended.catch(() => {});
  return { stdin: child.stdin, stdout: child.stdout, ended };
}

function complaint(lines: readonly string[]): string {
  const start = lines.findIndex((line) => /\b(error|fatal):/i.test(line));
  const told = start === -1 ? lines.slice(-LAST_LINES) : lines.slice(start, start + LAST_LINES);
  return told.filter((line) => line !== '').join(' ');
}

/** What the programs and Docker's client need to be found and to find. No PG… of ours: they would change what is meant. */
const INHERITED = /^(PATH|HOME|TMPDIR|XDG_RUNTIME_DIR|DOCKER_.*)$/;

async function environmentFor(address: DatabaseAddress) {
  const inherited = Object.entries(process.env).filter(([name]) => INHERITED.test(name));
  const environment: NodeJS.ProcessEnv = {
    ...Object.fromEntries(inherited),
    LC_ALL: 'C',
    PGHOST: address.host,
    PGPORT: String(address.port),
    PGUSER: address.user,
    PGPASSWORD: address.password,
    PGDATABASE: address.name,
    PGSSLMODE: address.tls.mode,
    PGAPPNAME: 'steadfast-backup',
    PGCONNECT_TIMEOUT: '10',
  };
  const authorities = authoritiesOf(address);
  if (authorities === undefined) return { environment, removeFiles: () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'steadfast-ca-'));
  await writeFile(join(folder, 'ca.pem'), authorities, { mode: 0o600 });
  return {
    environment: { ...environment, PGSSLROOTCERT: join(folder, 'ca.pem') },
    removeFiles: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Those that the server's certificate is checked against: without a file, those that Node.js trusts; libpq (15) trusts nobody. */
function authoritiesOf({ tls: { mode, ca } }: DatabaseAddress): string | undefined {
  return ca ?? (mode === 'verify-full' ? getCACertificates().join('\n') : undefined);
}
