import { test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import { complaints, DATABASE_URL, problemsOf } from '../support/configuration.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const URL_AWAY = 'http://alerts.example.net/hook';
const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://writer:9f1c07d52ab84e63@127.0.0.1/blog',
  JWT_SECRET: '5f0d9f4f1f7c43a7b5a2f6b9c3e1d8a4',
};

test('where alerts go: without user and password in the URL, and with the key of the secret', async (t) => {
  t.equal(loadConfig({ DATABASE_URL }).alertWebhook, undefined);
  const { alertWebhook } = loadConfig({
    DATABASE_URL,
    ALERT_WEBHOOK_URL: 'https://ada:p%40ss@alerts.example.net/hook?key=1#here',
    ALERT_WEBHOOK_SECRET: SECRET,
  });
  t.same(alertWebhook, {
    url: 'https://alerts.example.net/hook?key=1',
    host: 'alerts.example.net',
    authorization: `Basic ${Buffer.from('ada:p@ss').toString('base64')}`,
    key: Buffer.from(SECRET.slice('whsec_'.length), 'base64'),
  });
});

test('what is no URL of a webhook, or no secret for one, is refused', async (t) => {
  for (const url of [
    'alerts.example.net',
    'ftp://alerts.example.net',
    'https://',
    'https://a%zz@alerts.example.net',
  ]) {
    t.same(complaints({ DATABASE_URL, ALERT_WEBHOOK_URL: url }), ['ALERT_WEBHOOK_URL'], url);
  }
  for (const secret of ['change-me', 'whsec_', 'whsec_dG9vIHNob3J0', SECRET.slice(6), `whsec_${'A'.repeat(100)}`]) {
    const settings = { DATABASE_URL, ALERT_WEBHOOK_URL: URL_AWAY, ALERT_WEBHOOK_SECRET: secret };
    t.same(complaints(settings), ['ALERT_WEBHOOK_SECRET'], secret);
    t.match(problemsOf(settings)[0]?.remedy, /openssl rand -base64 32/);
  }
  t.same(complaints({ DATABASE_URL, ALERT_WEBHOOK_SECRET: SECRET }), ['ALERT_WEBHOOK_SECRET'], 'without a URL');
});

test('production posts alerts to other machines encrypted only', async (t) => {
  t.same(complaints({ ...PRODUCTION, ALERT_WEBHOOK_URL: URL_AWAY }), ['ALERT_WEBHOOK_URL']);
  t.same(complaints({ ...PRODUCTION, ALERT_WEBHOOK_URL: URL_AWAY.replace('http', 'https') }), []);
  for (const host of ['127.0.0.1:9000', 'localhost', '[::1]:9000']) {
    t.same(complaints({ ...PRODUCTION, ALERT_WEBHOOK_URL: `http://${host}/hook` }), [], host);
  }
  const allowed = { PLAINTEXT_ALLOWED_HOSTS: 'alerts.example.net' };
  t.same(complaints({ ...PRODUCTION, ...allowed, ALERT_WEBHOOK_URL: URL_AWAY }), []);
});
