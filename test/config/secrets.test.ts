import { test } from 'tap';
import { maskUrl } from '../../src/config/problems.ts';
import { DATABASE_URL, refusal } from '../support/configuration.ts';

/** Makes sure that the configuration is refused, so that there is a message to look at. */
const REFUSED = { PORT: 'none' };

/** Forms in which a password gets into a URL, rightly or wrongly. SECRET stands for it. */
const FORMS = [
  'postgres://writer:SECRET@127.0.0.1/blog',
  'postgres://writer:SECRET@127.0.0.1',
  'postgres://writer:SECRET@127.0.0.1/blog?sslmode=prefer',
  'postgres://writer@127.0.0.1/blog?password=SECRET',
  'postgres://writer:SECRET@127.0.0.1:port/blog',
  'postgres://writer:SECRET@/blog',
  'postgres://:SECRET@127.0.0.1/blog',
  'postgres://SECRET@127.0.0.1',
  'postgres:writer:SECRET@127.0.0.1/blog',
  'postgres:/writer:SECRET@127.0.0.1/blog',
  'writer:SECRET@127.0.0.1/blog',
  'host=127.0.0.1 user=writer password=SECRET',
  'mysql://writer:SECRET@127.0.0.1/blog',
  'mysql://SECRET@127.0.0.1/blog',
  'mysql://writer@127.0.0.1/blog?password=SECRET',
  'mysql:writer:SECRET@127.0.0.1/blog',
  'sqlite:///blog.db?key=SECRET',
  'http://writer:SECRET@127.0.0.1/blog',
  'http://127.0.0.1/#SECRET',
  'redis://:SECRET@127.0.0.1/none',
  'redis://SECRET@127.0.0.1/none',
  'redis:SECRET@127.0.0.1',
  'rediss://app:SECRET@127.0.0.1:port',
  'SECRET',
  'SECRET@127.0.0.1',
];

/** Secrets with what people put into passwords and do not percent-encode. */
const SECRETS = [
  'hunter2',
  '2468/hunter2',
  '2468?hunter2',
  '2468#hunter2',
  'hun@hunter2',
  '2468?a&hunter2',
  '%hunter2',
];

for (const variable of ['DATABASE_URL', 'REDIS_URL', 'DB_HOST', 'ALERT_WEBHOOK_URL']) {
  test(`no form of ${variable} gets its password into the message`, async (t) => {
    for (const form of FORMS) {
      for (const secret of SECRETS) {
        const separate = variable === 'DB_HOST' ? { DB_NAME: 'blog', DB_USER: 'writer' } : { DATABASE_URL };
        const url = form.replace('SECRET', () => secret);
        const { message } = refusal({ ...REFUSED, ...separate, [variable]: url });
        t.notMatch(message, /hunter2/, url);
      }
    }
  });
}

test('no secret setting gets into the message, whatever else is wrong', async (t) => {
  const secrets = {
    JWT_SECRET: 'hunter2',
    DB_PASSWORD: 'hunter2',
    REDIS_PASSWORD: 'hunter2',
    ALERT_WEBHOOK_SECRET: 'hunter2',
  };
  for (const NODE_ENV of ['development', 'test', 'production', 'staging']) {
    for (const others of [
      {},
      { DATABASE_URL, REDIS_URL: 'redis://:other@127.0.0.1' },
      { DB_HOST: 'db.example.net', DB_NAME: 'blog', DB_USER: 'writer', REDIS_HOST: 'cache.example.net' },
    ]) {
      t.notMatch(refusal({ ...REFUSED, NODE_ENV, ...secrets, ...others }).message, /hunter2/);
    }
  }
});

test('a URL that ends in its password does not get it into the message', async (t) => {
  for (const url of ['postgres://writer:hunter2', 'mysql://writer:hunter2', 'redis://app:hunter2']) {
    t.notMatch(refusal({ DATABASE_URL: url }).message, /hunter2/);
    t.notMatch(refusal({ DATABASE_URL, REDIS_URL: url }).message, /hunter2/);
  }
});

test('the masked URL still says what kind it is and where it points', async (t) => {
  t.equal(maskUrl('mysql://writer:hunter2@db.example.net:3306/blog'), 'mysql://***@db.example.net:3306/blog');
  t.equal(maskUrl('sqlite:///blog.db'), 'sqlite:///blog.db');
  t.equal(maskUrl('http://127.0.0.1/blog?a=b'), 'http://127.0.0.1/blog?***');
  t.equal(maskUrl('mysql://writer:2468/hunter2@127.0.0.1/blog'), 'mysql:***');
  t.equal(maskUrl('no URL at all'), '***');
});
