import type { Test } from 'tap';
import { type Api, apiOf, type Call } from './api.ts';
import { documented, type OpenApi, operationsOf } from './documented.ts';
import type { Answer } from './http.ts';

export type DocumentedApi = {
  readonly openapi: OpenApi;
  readonly api: Api;
  /** Calls a route of the docs and checks the status, and that the answer is as they say. */
  ask(t: Test, operation: string, path: string, status: number, call?: Call): Promise<Answer>;
  /** What the docs name for these routes and no answer has shown, as METHOD route status. */
  unseen(routes: RegExp, statuses: readonly number[]): string[];
};

/** The docs of a running server next to its answers. `operation` is a METHOD and a route of the docs. */
export async function documentedApi(origin: string): Promise<DocumentedApi> {
  const api = apiOf(origin);
  const openapi = (await api('GET', '/docs/json')).json as OpenApi;
  const seen = new Set<string>();
  return {
    openapi,
    api,
    async ask(t, operation, path, status, call) {
      const [method = '', route = ''] = operation.split(' ');
      const answer = await api(method, path, call);
      t.equal(answer.status, status, `${method} ${path}`.slice(0, 100));
      seen.add(`${operation} ${answer.status}`);
      const type = answer.headers.get('content-type') ?? '';
      const validate = documented(openapi, { method, route }, answer.status, type);
      if (validate === undefined) t.fail(`${operation}: the docs know no ${answer.status} of ${type}`);
      else {
        validate(answer.json ?? answer.text);
        t.same(validate.errors ?? [], [], operation);
      }
      return answer;
    },
    unseen(routes, statuses) {
      return operationsOf(openapi)
        .filter(({ route }) => routes.test(route))
        .flatMap(({ method, route, operation }) =>
          Object.keys(operation.responses).map((status) => `${method} ${route} ${status}`),
        )
        .filter((reply) => statuses.includes(Number(reply.split(' ')[2])) && !seen.has(reply));
    },
  };
}

/** A path for a route of the docs, with something in each of its places. */
export function pathOf(route: string, part = 'nowhere'): string {
  return route.replaceAll(/\{\w+\}/g, part);
}
