import { type Answer, request } from './http.ts';

export type Call = {
  readonly token?: string | undefined;
  /** Sent as JSON, unless it is text or bytes already. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Api = (method: string, path: string, call?: Call) => Promise<Answer>;

/** Calls the API of one server, as a front end does. */
export function apiOf(origin: string): Api {
  return (method, path, { token, body, headers = {} } = {}) =>
    request(origin, path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Token ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
}

export const PASSWORD = 'correct horse battery';

/** Registers somebody and returns the token; throws where that is refused. */
export async function register(api: Api, username: string, password = PASSWORD): Promise<string> {
  const { status, json, text } = await api('POST', '/api/users', {
    body: { user: { username, email: `${username}@example.com`, password } },
  });
  if (status !== 201) throw new Error(`${username} was not registered: ${status} ${text}`);
  return json.user.token;
}

export function logIn(api: Api, email: string, password: string, call: Call = {}): Promise<Answer> {
  return api('POST', '/api/users/login', { ...call, body: { user: { email, password } } });
}

/** Publishes an article and returns its slug. */
export async function publish(api: Api, token: string, title: string): Promise<string> {
  const article = { title, description: 'About it', body: 'It is so.', tagList: ['testing'] };
  const { json } = await api('POST', '/api/articles', { token, body: { article } });
  return json.article.slug;
}
