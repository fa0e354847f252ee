import { join } from 'node:path';

/**
 * How a server process is started, by everything that starts one, and by `npm start` in the same words. Both V8 and the
 * C library let memory grow before they look for what can be used again: without this it is three times as much.
 */
export const SERVER_COMMAND = {
  arguments: [
    '--max-semi-space-size=4',
    '--heap-growing-percent=40',
    // While V8 looks for what lives, requests wait for a processor as long as its helpers have them all.
    '--concurrent-marking-max-worker-num=1',
    // Where a burst of requests had to wait once, V8 would go on to put what such code makes where it is rarely collected.
    '--no-allocation-site-pretenuring',
    // Little lives through a collection of the young generation: to wait for helpers that have no processor takes longer.
    '--no-parallel-scavenge',
    join(import.meta.dirname, 'main.ts'),
  ],
  environment: {
    // What Node made of every module is kept for the next start, of which it is a quarter. Not in the system's folder for
    // temporary files, where others could put in what is run. Where it cannot be written or read, all is as without it.
    NODE_COMPILE_CACHE: join(import.meta.dirname, '../node_modules/.cache/steadfast'),
    // One heap of the C library's for all threads: with one for each, bodies that are cached and forgotten again leave holes
    // in every one of them, 25 MB of 220.
    MALLOC_ARENA_MAX: '1',
    // The 19 MB that hashing a password takes go back to the system after it: each thread would keep its own for the next.
    MALLOC_MMAP_THRESHOLD_: '1048576',
  },
} as const;
