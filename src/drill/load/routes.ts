import type { Journal } from './journal.ts';
import { readRoutes } from './read-routes.ts';
import type { Material, Route } from './route.ts';
import { writeRoutes } from './write-routes.ts';

/** Every route of the API, about four reads to one write. `run` makes the names of this run unlike any other's. */
export function routesOf(material: Material, journal: Journal, run: string): Route[] {
  return [...readRoutes(material, run), ...writeRoutes(material, journal, run)];
}
