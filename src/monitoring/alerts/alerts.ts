import { hostname } from 'node:os';
import fp from 'fastify-plugin';
import type { AlertWebhookConfig } from '../../config/alert-webhook.ts';
import type { HealthSources } from '../health.ts';
import { type Change, ConditionWatch } from './condition-watch.ts';
import { conditionsOf } from './conditions.ts';
import { Webhook } from './webhook.ts';

export type AlertsOptions = {
  readonly webhook: AlertWebhookConfig;
  readonly sources: () => HealthSources;
  /** False during the start-up checks and while draining: what changes then is no news. */
  readonly acceptingTraffic: () => boolean;
  readonly build: { readonly version: string; readonly revision: string };
};

const LAST_ATTEMPT_MS = 1000;

/** For teams without Prometheus: a message when health, a breaker or a check changes (docs/alerts.md). */
export const alerts = fp<AlertsOptions>(
  async (app, { webhook: config, sources, acceptingTraffic, build }) => {
    const server = { host: hostname(), pid: process.pid, ...build };
    const webhook = new Webhook({
      ...{ config, log: app.log },
      onGivenUp: () => watch.retellLater(performance.now()),
    });
    const watch = new ConditionWatch({
      look: () => (acceptingTraffic() ? conditionsOf(sources()) : new Map()),
      tell: (changes) => webhook.send(messageOf(changes, server)),
    });
    app.addHook('onReady', async () => watch.start());
    app.addHook('onClose', async () => {
      watch.stop();
      await webhook.close(LAST_ATTEMPT_MS);
    });
  },
  { name: 'alerts', dependencies: ['database', 'drain'] },
);

function messageOf(changes: readonly Change[], server: object) {
  const [first] = changes;
  const what = changes.map(({ subject, from, state }) => `${subject}: ${from} → ${state}`).join(', ');
  return {
    type: 'steadfast.changed',
    timestamp: new Date().toISOString(),
    data: { text: `${what}. ${first?.message}`, server, changes },
  };
}
