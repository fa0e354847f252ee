import { hostname } from 'node:os';
import type { FastifyBaseLogger } from 'fastify';
import type { AlertWebhookConfig } from '../../config/alert-webhook.ts';
import type { HealthSources } from '../health.ts';
import { type Change, ConditionWatch } from './condition-watch.ts';
import { conditionsOf } from './conditions.ts';
import { Webhook } from './webhook.ts';

export type AlertsOptions = {
  readonly webhook: AlertWebhookConfig;
  /** Undefined during the start-up checks and while draining: what changes then is no news. */
  readonly sources: () => HealthSources | undefined;
  readonly build: { readonly version: string; readonly revision: string };
  readonly log: Pick<FastifyBaseLogger, 'warn' | 'info' | 'error'>;
};

const LAST_ATTEMPT_MS = 1000;

/**
 * For teams without Prometheus: a message when health, a breaker or a check changes (docs/alerts.md). Begins to watch;
 * what it returns ends that, and tries once more to deliver what waits.
 */
export function startAlerts({ webhook: config, sources, build, log }: AlertsOptions): () => Promise<void> {
  const server = { host: hostname(), pid: process.pid, ...build };
  const webhook = new Webhook({
    ...{ config, log },
    onGivenUp: () => watch.retellLater(performance.now()),
  });
  const watch = new ConditionWatch({
    look: () => {
      const current = sources();
      return current === undefined ? new Map() : conditionsOf(current);
    },
    tell: (changes) => webhook.send(messageOf(changes, server)),
  });
  watch.start();
  return async () => {
    watch.stop();
    await webhook.close(LAST_ATTEMPT_MS);
  };
}

function messageOf(changes: readonly Change[], server: object) {
  const [first] = changes;
  const what = changes.map(({ subject, from, state }) => `${subject}: ${from} → ${state}`).join(', ');
  return {
    type: 'steadfast.changed',
    timestamp: new Date().toISOString(),
    data: { text: `${what}. ${first?.message}`, server, changes },
  };
}
