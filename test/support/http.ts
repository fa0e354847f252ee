import { setTimeout as sleep } from 'node:timers/promises';

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON. Checked by the tests that look at it, hence unknown members. */
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every shape come through here
  readonly json: any;
  readonly ms: number;
};

/** One GET, with how long it took in milliseconds. Rejects when the connection fails. */
export async function get(origin: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return request(origin, path, { headers });
}

export async function request(origin: string, path: string, init: RequestInit = {}): Promise<Answer> {
  const startedAt = performance.now();
  const response = await fetch(`${origin}${path}`, { redirect: 'manual', ...init });
  const text = await response.text();
  const ms = performance.now() - startedAt;
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text !== '' ? JSON.parse(text) : undefined,
    ms,
  };
}

/** Looks again and again until it holds; the last look's error, or a plain one, when it never did. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  limitMs = 10_000,
): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const failure = await Promise.resolve()
      .then(holds)
      .then((held) => (held ? undefined : new Error('it did not hold')))
      .catch((error: unknown) => error);
    const ms = performance.now() - startedAt;
    if (failure === undefined) return ms;
    if (ms > limitMs) throw new Error(`Not within ${limitMs} ms: ${what}`, { cause: failure });
    await sleep(20);
  }
}
