import { randomUUID } from 'node:crypto';
import { type Answer, request } from './http.ts';

export type Headers = Readonly<Record<string, string>>;

/** One reader or writer of the API, as a front end calls it: JSON in and out, a token or none. Paths are below /api. */
export type Caller = {
  readonly origin: string;
  /** The Authorization header; undefined for somebody who is not logged in. */
  readonly authorization: string | undefined;
  get(path: string, headers?: Headers): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Headers): Promise<Answer>;
  put(path: string, body?: unknown, headers?: Headers): Promise<Answer>;
  delete(path: string, headers?: Headers): Promise<Answer>;
  /** The same person at another server process. */
  at(origin: string): Caller;
};

export type Account = {
  readonly username: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly call: Caller;
};

/** Server processes that are one service sign tokens with one key. */
export const ONE_SERVICE = { JWT_SECRET: 'the same key in all of these processes' } as const;

/** Settings under which a test may register as many people as it likes. */
export const MANY_LOGINS = { LOGIN_LIMIT_PER_MINUTE: '100000' } as const;

export function caller(origin: string, authorization?: string): Caller {
  const send = (method: string) => (path: string, body?: unknown, headers?: Headers) =>
    request(origin, `/api${path}`, {
      method,
      headers: {
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  return {
    origin,
    authorization,
    get: (path, headers) => send('GET')(path, undefined, headers),
    post: send('POST'),
    put: send('PUT'),
    delete: (path, headers) => send('DELETE')(path, undefined, headers),
    at: (other) => caller(other, authorization),
  };
}

/** Whoever sends this token, the way the contract writes it. */
export const as = (origin: string, token: string): Caller => caller(origin, `Token ${token}`);

/** A name that nobody has had before, however often a test runs on one database. */
export const uniqueName = (word: string): string => `${word}-${randomUUID().slice(0, 13)}`;

/** Registers somebody new; throws unless that is answered with 201. */
export async function register(origin: string, username = uniqueName('writer')): Promise<Account> {
  const user = { username, email: `${username}@example.com`, password: 'correct horse battery' };
  const { status, text, json } = await caller(origin).post('/users', { user });
  if (status !== 201) throw new Error(`${username} could not register: ${status} ${text}`);
  const token = String(json.user.token);
  return { ...user, token, call: as(origin, token) };
}

/** Registers several people at once. */
export const registerMany = (origin: string, howMany: number): Promise<Account[]> =>
  Promise.all(Array.from({ length: howMany }, () => register(origin)));

/** Logs in; the answer whatever it is. */
export const login = (origin: string, email: string, password: string): Promise<Answer> =>
  caller(origin).post('/users/login', { user: { email, password } });

/** Publishes an article and returns its slug; throws unless that is answered with 201. */
export async function publish(
  call: Caller,
  title = uniqueName('title'),
  tagList?: readonly string[],
): Promise<string> {
  const article = { title, description: 'what it is about', body: 'what it says', ...(tagList && { tagList }) };
  const { status, text, json } = await call.post('/articles', { article });
  if (status !== 201) throw new Error(`${title} could not be published: ${status} ${text}`);
  return String(json.article.slug);
}
