const TOKEN = 'token';

/** Where the API is: another origin than this page's, named in its address. */
export const API = new URLSearchParams(location.search).get('api') ?? 'http://127.0.0.1:8000';

export const token = () => localStorage.getItem(TOKEN);

export function remember(newToken) {
  if (newToken === undefined) localStorage.removeItem(TOKEN);
  else localStorage.setItem(TOKEN, newToken);
}

/** What the API refused, in sentences to show. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? `The server answered with ${status}.`);
    this.status = status;
    const errors = Object.entries(problem?.errors ?? {});
    this.sentences = errors.flatMap(([name, messages]) => messages.map((message) => `${name} ${message}`));
    // What is wrong with a field says it all; what is wrong with the service takes a sentence.
    if (status >= 500 || this.sentences.length === 0) this.sentences.push(this.message);
  }
}

/** Calls the API as the contract wants it; resolves with the answer's JSON, or with nothing where there is none. */
export async function call(method, path, body, headers = {}) {
  const response = await fetch(`${API}/api${path}`, {
    method,
    headers: {
      ...(token() !== null && { Authorization: `Token ${token()}` }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const answer = isJson ? await response.json() : undefined;
  if (!response.ok) throw new Refused(response.status, answer);
  document.body.dataset.cacheStatus = response.headers.get('cache-status') ?? '';
  return answer;
}
