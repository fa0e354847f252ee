import { test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import { ownerAddress } from '../../src/config/owner-address.ts';
import { complaints, DATABASE_URL } from '../support/configuration.ts';

const OWNER = { DB_OWNER_USER: 'blog_owner', DB_OWNER_PASSWORD: 'battery-staple-42' };

test('the owner is on the same database, and the server does not become it', async (t) => {
  const { database } = loadConfig({ DATABASE_URL, ...OWNER });
  t.match(database, { user: 'writer', password: 'correct-horse-42' });
  const { host, port, name } = database;
  t.match(ownerAddress(database), { host, port, name, user: 'blog_owner', password: 'battery-staple-42' });
});

test('left out, the role of the server is the owner too', async (t) => {
  const { database } = loadConfig({ DATABASE_URL });
  t.match(ownerAddress(database), { user: 'writer', password: 'correct-horse-42' });
});

test('a password without a user is refused, and a short one in production', async (t) => {
  t.same(complaints({ DATABASE_URL, DB_OWNER_PASSWORD: 'battery-staple-42' }), ['DB_OWNER_USER']);
  const production = { DATABASE_URL, ...OWNER, NODE_ENV: 'production', JWT_SECRET: '0123456789abcdef'.repeat(3) };
  t.same(complaints(production), []);
  t.same(complaints({ ...production, DB_OWNER_PASSWORD: 'short' }), ['DB_OWNER_PASSWORD']);
});
