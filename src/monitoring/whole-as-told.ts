import type { Peers } from '../workers/peers.ts';
import type { HealthSources } from './health.ts';
import { WHOLE } from './whole-server.ts';

/** How long what the primary told last, once a second, stands for what is. */
const WHOLE_LIMIT_S = 3;

/** What the primary told of the whole server; where it tells nothing, what this process knows, and that it is not told. */
export function wholeAsTold(peers: Peers): (own: HealthSources) => HealthSources {
  let whole: HealthSources | undefined;
  let age = 0;
  peers.exchange<HealthSources>(WHOLE, (seen) => {
    whole = seen;
    age = 0;
  });
  if (peers.count > 1) {
    // Counted in turns of our own: where this process stands still itself, nobody else is late.
    setInterval(() => {
      age += 1;
    }, 1000).unref();
  }
  return (own) => {
    if (whole?.workers === undefined) return own;
    return age < WHOLE_LIMIT_S ? whole : { ...own, workers: { ...whole.workers, primaryAnswers: false } };
  };
}
