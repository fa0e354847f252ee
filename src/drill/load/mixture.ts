import type { PlannedRequest, Route } from './route.ts';

/**
 * Takes turns among the routes by their weights, as evenly as that goes (smooth weighted round robin): the same row for
 * the same table, so that two runs can be compared.
 */
export class Mixture {
  readonly #routes: { readonly route: Route; credit: number; turns: number }[];
  readonly #total: number;

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => ({ route, credit: 0, turns: 0 }));
    this.#total = routes.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** The next request; routes that have nothing to ask for now lose their turn. */
  next(): { readonly route: Route; readonly request: PlannedRequest } {
    for (;;) {
      for (const each of this.#routes) each.credit += each.route.weight;
      const chosen = this.#routes.reduce((most, each) => (each.credit > most.credit ? each : most));
      chosen.credit -= this.#total;
      const request = chosen.route.next(chosen.turns);
      chosen.turns += 1;
      if (request !== undefined) return { route: chosen.route, request };
    }
  }
}
