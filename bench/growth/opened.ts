import type { Database } from '../../src/database/database.ts';
import type { GrowthBlog } from './blog.ts';
import type { Pick } from './reads.ts';
import type { UncachedServer } from './server.ts';

/** A blog with everything that asks it: the statements alone, and the program over HTTP. */
export type Opened = GrowthBlog & {
  readonly query: Database['query'];
  readonly server: UncachedServer;
  readonly pick: Pick;
};
