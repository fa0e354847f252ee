import { test } from 'tap';
import { apiOf, logIn } from '../support/api.ts';
import { testEnvironment } from '../support/environment.ts';
import { get } from '../support/http.ts';
import { isProblem } from '../support/problems.ts';
import { startSteadfast } from '../support/steadfast.ts';

const PASSWORD = 'steadfast-sample';
const MANY = { LOGIN_LIMIT_PER_MINUTE: '100000', LOGIN_FAILURES_PER_ACCOUNT: '100000' };

test('logins do not starve reads', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, { ...environment, ...MANY });
  const api = apiOf(origin);
  await get(origin, '/api/tags');

  t.test('reads go on between ten logins: hashing is not on the event loop', async (t) => {
    let busy = true;
    const logins = Promise.all(Array.from({ length: 10 }, () => logIn(api, 'tom@example.com', PASSWORD)));
    const over = logins.finally(() => {
      busy = false;
    });
    let reads = 0;
    while (busy) {
      const { status } = await get(origin, '/api/tags');
      if (busy) reads += 1;
      t.equal(status, 200);
    }
    const answers = await over;
    t.same(new Set(answers.map(({ status }) => status)), new Set([200]));
    // On the event loop a read would wait for a whole hash at the least: there could be no more than one for each.
    t.ok(reads > 20, `${reads} reads`);
  });

  t.test('who finds the queue full is told so at once, and how long to wait', async (t) => {
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, number) =>
        logIn(api, number % 2 === 0 ? 'tom@example.com' : 'nobody@example.com', PASSWORD),
      ),
    );
    const refused = answers.filter(({ status }) => status === 503);
    const served = answers.filter(({ status }) => status === 200 || status === 401);
    t.equal(refused.length + served.length, 120);
    t.ok(served.length >= 30, `${served.length} had their turn`);
    t.ok(refused.length > 0, `${refused.length} did not`);
    for (const answer of refused.slice(0, 5)) {
      t.ok(Number(answer.headers.get('retry-after')) > 0);
      const [key = ''] = Object.keys(answer.json.errors);
      isProblem(t, answer, 503, 'overloaded', [key]);
    }
    const slowest = Math.max(...served.map(({ ms }) => ms));
    t.ok(Math.min(...refused.map(({ ms }) => ms)) < slowest, 'a refusal does not wait for its turn');
  });

  t.test('and afterwards everybody can log in again', async (t) => {
    t.equal((await logIn(api, 'tom@example.com', PASSWORD)).status, 200);
    t.equal((await logIn(api, 'tom@example.com', 'wrong')).status, 401);
  });
});
