import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import { settingsSchema } from '../../src/config/settings.ts';
import { complaints } from '../support/configuration.ts';

const text = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8');

/** What stands there as a setting, and what stands there commented out: #NAME=value. */
const active = parse(text);
const commentedOut = parse(text.replace(/^(?!#[A-Z_]+=).*$/gm, '').replace(/^#/gm, ''));

/** What everybody has to fill in, so that there is no default to compare with. */
const TO_FILL_IN = [
  'JWT_SECRET',
  'DB_HOST',
  'DB_NAME',
  'DB_USER',
  'DB_PASSWORD',
  'DB_OWNER_USER',
  'DB_OWNER_PASSWORD',
  'REDIS_PASSWORD',
];

test('.env.example lists every setting, once, and nothing else', async (t) => {
  const listed = [...text.matchAll(/^#?([A-Z][A-Z_]*)=/gm)].map(([, name]) => name);
  t.same(listed.toSorted(), Object.keys(settingsSchema.properties).toSorted());
});

test('.env.example works as it is for development', async (t) => {
  t.match(loadConfig(active), { environment: 'development', database: { name: 'steadfast' } });
});

test('.env.example as it is does not pass for a production configuration', async (t) => {
  t.same(complaints({ ...active, NODE_ENV: 'production' }), ['DB_OWNER_PASSWORD', 'DB_PASSWORD', 'JWT_SECRET']);
});

test('every value that .env.example shows commented out is the default', async (t) => {
  t.ok(Object.keys(commentedOut).length > 20);
  const config = loadConfig(active);
  for (const [name, value] of Object.entries(commentedOut)) {
    t.same(loadConfig({ ...active, [name]: value }), config, `${name}=${value}`);
  }
});

test('what .env.example sets is the default too, apart from what everybody fills in', async (t) => {
  const config = loadConfig(active);
  for (const [name, value] of Object.entries(active)) {
    if (!TO_FILL_IN.includes(name)) t.same(loadConfig({ ...active, [name]: '' }), config, `${name}=${value}`);
  }
});

test('a default that .env.example could show is shown', async (t) => {
  for (const [name, setting] of Object.entries(settingsSchema.properties)) {
    const { default: value } = setting as { default?: unknown };
    if (value !== undefined) t.equal({ ...active, ...commentedOut }[name], String(value), name);
  }
});
