import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import type { AlertWebhookConfig } from '../../src/config/alert-webhook.ts';
import { type Change, ConditionWatch } from '../../src/monitoring/alerts/condition-watch.ts';
import { type Condition, conditionsOf } from '../../src/monitoring/alerts/conditions.ts';
import { Webhook, type WebhookOptions } from '../../src/monitoring/alerts/webhook.ts';
import { testEnvironment } from '../support/environment.ts';
import { temporaryFolder } from '../support/folders.ts';
import { get, until } from '../support/http.ts';
import { openCache } from '../support/open-cache.ts';
import { openDatabase } from '../support/open-database.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';
import { type Delivery, webhookReceiver } from '../support/webhook-receiver.ts';

const KEY = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');

const SECRET = `whsec_${KEY.toString('base64')}`;

/** What docs/alerts.md gives to receivers. */
const documentation = readFileSync(join(import.meta.dirname, '../../docs/alerts.md'), 'utf8');
const [, code = ''] = /```js\n(.*?)```/s.exec(documentation) ?? [];
const { isGenuine } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
  isGenuine(headers: Delivery['headers'], body: string, secret: string): boolean;
};

function webhookAt(port: number, change: Partial<AlertWebhookConfig> = {}, limits: Partial<WebhookOptions> = {}) {
  const log: string[] = [];
  const note = (...words: unknown[]) => void log.push(words.join(' '));
  const config = {
    ...{
      url: `http://127.0.0.1:${port}/secret-path`,
      host: `127.0.0.1:${port}`,
      authorization: undefined,
      key: KEY,
    },
    ...change,
  };
  const times = { firstPauseMs: 20, attemptMs: 500, ...limits };
  return { log, webhook: new Webhook({ config, log: { info: note, warn: note, error: note }, ...times }) };
}

test('a message is delivered once, after refused connections, errors, redirects and silence', async (t) => {
  const receiver = await webhookReceiver(t);
  const { webhook, log } = webhookAt(receiver.port);
  t.teardown(() => webhook.close(0));
  await receiver.close();
  receiver.answer = 500;
  webhook.send({ number: 1 });
  webhook.send({ number: 2 });
  await until('nobody was there', () => log.length > 0);
  await receiver.open();
  await until('it was tried twice', () => receiver.deliveries.length >= 2);
  receiver.answer = 302;
  await until('it was redirected', () => receiver.deliveries.some(({ status }) => status === 302));
  receiver.answer = 'nothing';
  await until('it was left without an answer', () =>
    receiver.deliveries.some(({ status }) => status === undefined),
  );
  receiver.answer = 204;
  await until('both are delivered', () => receiver.deliveries.filter(({ status }) => status === 204).length === 2);

  const first = receiver.deliveries.filter(({ body }) => body === '{"number":1}');
  t.equal(new Set(first.map(({ headers }) => headers['webhook-id'])).size, 1, 'by its id it is known again');
  t.equal(receiver.deliveries.at(-1)?.body, '{"number":2}', 'in their order');
  for (const delivery of receiver.deliveries) {
    t.ok(isGenuine(delivery.headers, delivery.body, SECRET));
    t.notOk(isGenuine(delivery.headers, `${delivery.body} `, SECRET));
    t.equal(delivery.path, '/secret-path', 'a redirection is not followed');
  }
  t.equal(log.length, 2, 'said once that it fails, once that it works again');
  t.match(log, [/not accepted by 127\.0\.0\.1:\d+ \(ECONNREFUSED\)/, /accepted by .* again/]);
  t.notMatch(log.join(), 'secret-path');
});

test('a message that is refused for good is given up, so that the next ones arrive', async (t) => {
  const receiver = await webhookReceiver(t);
  let givenUp = 0;
  const onGivenUp = () => {
    givenUp += 1;
  };
  const { webhook, log } = webhookAt(receiver.port, {}, { onGivenUp });
  t.teardown(() => webhook.close(0));
  receiver.answer = 410;
  webhook.send({ number: 1 });
  await until('it is given up', () => log.length > 0);
  t.match(log, [/given up: 127\.0\.0\.1:\d+ refuses it \(it answered 410\)\. See that ALERT_WEBHOOK_URL/]);
  receiver.answer = 429;
  webhook.send({ number: 2 });
  await until('too many is tried again', () => receiver.deliveries.length >= 3);
  receiver.answer = 204;
  await until('it is delivered', () => receiver.deliveries.at(-1)?.status === 204);
  t.equal(receiver.deliveries.at(-1)?.body, '{"number":2}');
  t.equal(receiver.deliveries.filter(({ body }) => body === '{"number":1}').length, 1);
  t.equal(givenUp, 1);
});

test('while none is accepted it is said now and then, and what is too old is given up', async (t) => {
  const receiver = await webhookReceiver(t);
  const { webhook, log } = webhookAt(receiver.port, {}, { keepMs: 2000, reminderMs: 100 });
  t.teardown(() => webhook.close(0));
  receiver.answer = 503;
  webhook.send({ number: 1 });
  webhook.send({ number: 2 });
  await until('they are given up', () => log.some((line) => line.includes('given up')));
  t.match(log[1], /no alert is accepted by .* since \d{4}-.* \(it answered 503\); 2 wait/);
  t.match(log.at(-1), /alerts given up: 2, which 127\.0\.0\.1:\d+ has not accepted for/);
  receiver.answer = 204;
  webhook.send({ number: 3 });
  await until('the next one is delivered', () => receiver.deliveries.at(-1)?.status === 204);
  t.equal(receiver.deliveries.at(-1)?.body, '{"number":3}');
  await until('that is said', () => /accepted by .* again/.test(log.at(-1) ?? ''));
});

test('a receiver that is away costs bounded memory, and the end is not kept waiting', async (t) => {
  const receiver = await webhookReceiver(t);
  receiver.answer = 'nothing';
  const { webhook, log } = webhookAt(receiver.port, { key: undefined });
  for (let number = 1; number <= 150; number += 1) webhook.send({ number });
  t.match(log.at(-1), /more than 100 alerts wait/);
  await until('the first was sent', () => receiver.deliveries.length > 0);
  t.equal(receiver.deliveries[0]?.headers['webhook-signature'], undefined, 'without a secret it is not signed');
  const startedAt = performance.now();
  await webhook.close(100);
  t.ok(performance.now() - startedAt < 5000);
  t.match(log.at(-1), /ending with 100 alerts that .* has not accepted/);
});

test('at the end what waits is tried once more', async (t) => {
  const receiver = await webhookReceiver(t);
  receiver.answer = 503;
  const { webhook } = webhookAt(receiver.port);
  webhook.send({ number: 1 });
  await until('it was tried', () => receiver.deliveries.length > 3);
  receiver.answer = 200;
  await webhook.close(10_000);
  t.equal(receiver.deliveries.at(-1)?.status, 200);
});

test('at the end an attempt that is under way and fails is not the last', async (t) => {
  const receiver = await webhookReceiver(t);
  receiver.answer = 'nothing';
  const { webhook } = webhookAt(receiver.port);
  webhook.send({ number: 1 });
  await until('it is under way', () => receiver.deliveries.length === 1);
  receiver.answer = 200;
  await webhook.close(10_000);
  t.same(
    receiver.deliveries.map(({ status }) => status),
    [undefined, 200],
  );
});

test('changes of a moment are told together, and never twice', async (t) => {
  const told: (readonly Change[])[] = [];
  let current: Record<string, Condition> = {};
  const watch = new ConditionWatch({
    look: () => new Map(Object.entries(current)),
    tell: (changes) => told.push(changes),
    gatherMs: 2000,
    pauseMs: 30_000,
  });
  const now = (seconds: number, conditions: Record<string, string>) => {
    current = Object.fromEntries(Object.entries(conditions).map(([name, state]) => [name, { state, message: '' }]));
    watch.look(seconds * 1000);
  };
  const well = { health: 'healthy', 'breaker postgresql': 'closed', 'check backup': 'pass' };
  const away = { ...well, health: 'degraded', 'breaker postgresql': 'open' };

  for (const second of [0, 1, 2, 3]) now(second, well);
  t.same(told, [], 'that all is well is no news');

  now(10, { ...well, 'breaker postgresql': 'open' });
  for (const second of [11, 12, 13, 14, 50]) now(second, away);
  t.equal(told.length, 1);
  t.match(told[0], [
    { subject: 'health', from: 'healthy', state: 'degraded' },
    { subject: 'breaker postgresql', from: 'closed', state: 'open' },
  ]);

  for (const second of [60, 61, 62, 63]) now(second, well);
  t.match(told[1], [
    { subject: 'health', from: 'degraded', state: 'healthy' },
    { subject: 'breaker postgresql', from: 'open', state: 'closed' },
  ]);

  for (const second of [64, 70, 80]) now(second, away);
  t.equal(told.length, 2, 'soon after a message it waits');
  for (const second of [90, 100, 110]) now(second, well);
  t.equal(told.length, 2, 'what has changed back meanwhile is not told');

  for (let second = 200; second < 260; second += 1) now(second, second % 2 === 0 ? away : well);
  t.ok(told.length > 2, 'what flaps is told');
  t.ok(told.length < 6, 'but not each time');
  const states = told.flat().filter(({ subject }) => subject === 'health');
  t.ok(
    states.every(({ from, state }, index) => from !== state && from === (states[index - 1]?.state ?? 'healthy')),
  );

  for (let second = 300; second < 340; second += 1) now(second, away);
  const before = told.length;
  watch.retellLater(340_000);
  for (const second of [341, 700, 939]) now(second, away);
  t.equal(told.length, before);
  for (let second = 940; second < 2000; second += 1) now(second, away);
  t.match(
    told.slice(before),
    [
      [
        { subject: 'health', from: 'unknown', state: 'degraded' },
        { subject: 'breaker postgresql', from: 'unknown', state: 'open' },
        { subject: 'check backup', from: 'unknown', state: 'pass' },
      ],
    ],
    'what did not arrive is told anew, once, with everything else',
  );
  t.equal(told.length, before + 1);
});

test('what goes wrong while health is degraded already is told too: Redis is away, then PostgreSQL read-only', async (t) => {
  const environment = await testEnvironment(t);
  const { database } = await openDatabase(t, environment);
  const cache = await openCache(t, { redisUrl: 'redis://127.0.0.1:1' });
  const conditions = () =>
    conditionsOf({ database: database.snapshot(), cache: cache.snapshot(), schema: undefined });
  const told: (readonly Change[])[] = [];
  const watch = new ConditionWatch({ look: conditions, tell: (changes) => told.push(changes) });
  await until('PostgreSQL was seen', () => conditions().get('check database')?.state === 'pass');
  for (const second of [0, 3]) watch.look(second * 1000);
  t.match(told, [
    [
      { subject: 'health', state: 'degraded' },
      { subject: 'check redis', state: 'fail' },
    ],
  ]);

  const name = new URL(environment.DATABASE_URL).pathname.slice(1);
  await sql(environment.DATABASE_URL, `alter database ${name} set default_transaction_read_only = on`);
  await sql(
    environment.DATABASE_URL,
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await until('it is seen', () => conditions().get('check database')?.state === 'warn', 30_000);
  for (const second of [40, 43]) watch.look(second * 1000);
  t.match(told.slice(1), [[{ subject: 'check database', from: 'pass', state: 'warn', message: /read-only/ }]]);
});

test('the server tells of an outage, signed, without its secrets in the log, and ends in time', async (t) => {
  const receiver = await webhookReceiver(t);
  const hold = join(temporaryFolder(t), 'hold.json');
  const steadfast = await startSteadfast(t, {
    ...(await testEnvironment(t)),
    BREAKER_HOLD_FILE: hold,
    ALERT_WEBHOOK_URL: `http://steadfast:pass%40word@127.0.0.1:${receiver.port}/hooks/secret-path`,
    ALERT_WEBHOOK_SECRET: SECRET,
  });
  receiver.answer = 'nothing';
  writeFileSync(hold, JSON.stringify({ state: 'open', since: new Date().toISOString(), until: null, reason: '' }));
  await until('it was told', () => receiver.deliveries.length > 0, 30_000);
  t.equal(
    (await get(steadfast.origin, '/livez')).status,
    200,
    'requests are answered while the receiver is silent',
  );

  const [delivery] = receiver.deliveries;
  t.ok(delivery && isGenuine(delivery.headers, delivery.body, SECRET));
  t.equal(delivery?.headers.authorization, `Basic ${Buffer.from('steadfast:pass@word').toString('base64')}`);
  const message = JSON.parse(delivery?.body ?? '');
  t.match(message, {
    type: 'steadfast.changed',
    timestamp: /^\d{4}-/,
    data: {
      text: /breaker postgresql: closed → open.*held open by hand/,
      server: { host: String, pid: steadfast.process.pid, version: String },
    },
  });
  t.match(
    message.data.changes.find(({ subject }: Change) => subject === 'breaker postgresql'),
    { from: 'closed', state: 'open', message: /is open since \d{4}-/ },
  );

  await steadfast.stop();
  t.equal(await steadfast.ended, 0);
  const log = JSON.stringify(steadfast.log);
  t.match(log, /ending with 1 alerts that 127\.0\.0\.1:\d+ has not accepted/);
  t.notMatch(log, /secret-path|word@|pass%40|whsec_|MfKQ9r8GKYqr/);
});
