import { Agent, request } from 'node:http';
import type { Test } from 'tap';
import type { Api } from './api.ts';
import { ONE_SERVICE } from './conduit.ts';
import type { Answer } from './http.ts';
import { until } from './http.ts';
import { type Environment, type RunningSteadfast, startSteadfast } from './steadfast.ts';

export type RunningWorkers = RunningSteadfast & {
  /** Process ids of the workers that take requests, or did. */
  readonly pids: () => readonly number[];
};

/** Starts Steadfast with several workers and waits until all take requests. */
export async function startWorkers(test: Test, count: number, environment: Environment): Promise<RunningWorkers> {
  const steadfast = await startSteadfast(test, { ...ONE_SERVICE, ...environment, WORKERS: String(count) });
  await until('all take requests', () => says(steadfast, `${count} workers take requests`) === 1, 60_000);
  const pids = () => [
    ...new Set(steadfast.log.filter(({ msg }) => msg.startsWith('ready')).map(({ pid }) => Number(pid))),
  ];
  return { ...steadfast, pids };
}

/** In how many lines of the log that is said. */
export function says({ log }: Pick<RunningSteadfast, 'log'>, words: string): number {
  return log.filter(({ msg }) => msg.includes(words)).length;
}

/** Calls the API on a new connection each time, so that any worker may answer. */
export function onNewConnections(origin: string): Api {
  return calls(origin, false);
}

/** Of one connection. */
export function oneConnection(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}

/** Calls the API on one connection, so that one worker answers all. It is closed when the test ends. */
export function onOneConnection(test: Test, origin: string, agent: Agent = oneConnection()): Api {
  test.teardown(() => agent.destroy());
  return calls(origin, agent);
}

function calls(origin: string, agent: Agent | false): Api {
  return (method, path, { token, body, headers = {} } = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const startedAt = performance.now();
      const outgoing = request(`${origin}${path}`, {
        method,
        agent,
        headers: {
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(token !== undefined && { authorization: `Token ${token}` }),
          ...headers,
        },
      });
      outgoing.on('error', reject);
      outgoing.on('response', async (response) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk);
          const text = Buffer.concat(chunks).toString();
          const isJson = /json/.test(response.headers['content-type'] ?? '');
          resolve({
            status: response.statusCode ?? 0,
            headers: new Headers(
              Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]),
            ),
            text,
            json: isJson && text !== '' ? JSON.parse(text) : undefined,
            ms: performance.now() - startedAt,
          });
        } catch (error) {
          reject(error);
        }
      });
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
}
