import { test } from 'tap';
import { Journal } from '../../src/drill/load/journal.ts';
import { outcomeOf, settlementOf } from '../../src/drill/load/judgement.ts';

const NAME = { kind: 'article', key: 'Title' } as const;

test('the journal knows what PostgreSQL must hold, as far as the answers say', async (t) => {
  const journal = new Journal();
  const first = journal.holdNew('article', 'Title', 'one');
  t.same(journal.facts(), [], 'nothing is known before the answer');
  t.equal(journal.holdExisting('article', 'two'), undefined, 'nor is anything there to change');
  first.settle('acknowledged', { slug: 'title' });
  t.same(journal.facts(), [{ ...NAME, value: 'one', settled: 'acknowledged' }]);

  const change = journal.holdExisting('article', 'two');
  t.same(change?.details, { slug: 'title' });
  t.equal(journal.holdExisting('article', 'three'), undefined, 'one write at a time');
  change?.settle('refused');
  t.same(journal.facts(), [{ ...NAME, value: 'one', settled: 'refused' }], 'refused: as it was');

  journal.holdExisting('article', null)?.settle('unknown');
  t.same(journal.facts(), [], 'nobody can say');
  t.equal(journal.holdExisting('article', 'three'), undefined, 'so that nothing more is written to it');

  journal.hold('follow', 'ada bob', 'yes')?.settle('refused');
  t.same(journal.facts(), [], 'what it was before is not known');
  journal.hold('follow', 'ada bob', null)?.settle('acknowledged');
  t.same(journal.facts(), [{ kind: 'follow', key: 'ada bob', value: null, settled: 'acknowledged' }]);
});

test('what an answer means to whoever wrote, and to whoever reads', async (t) => {
  const problem = (status: number, type: string, detail = 'Nothing was changed.') => ({
    ...{ status, cacheStatus: '' },
    body: JSON.stringify({ type: `urn:steadfast:problem:${type}`, detail }),
  });
  const done = { status: 201, cacheStatus: '', body: '{}' };
  t.equal(settlementOf(done, true), 'acknowledged');
  t.equal(settlementOf(problem(503, 'database-unavailable'), false), 'refused');
  t.equal(settlementOf(problem(503, 'overloaded'), false), 'refused');
  t.equal(settlementOf(problem(503, 'database-unavailable'), true), 'unknown', 'the first try may have done it');
  t.equal(settlementOf(problem(503, 'database-unavailable', 'Whether it was made is not known'), false), 'unknown');
  t.equal(settlementOf(problem(503, 'something-new'), false), 'unknown');
  t.equal(settlementOf(problem(404, 'not-found'), false), 'refused');
  t.equal(settlementOf(problem(500, 'internal-error'), false), 'unknown');

  const stale = { status: 200, cacheStatus: 'Steadfast; hit; ttl=-3; detail=stale-if-error', body: '' };
  t.equal(outcomeOf('seen', stale, false), 'stale');
  t.equal(outcomeOf('seen', problem(404, 'not-found'), false), 'failed', 'it was there before');
  t.equal(outcomeOf('unseen', problem(404, 'not-found'), false), 'answered');
  t.equal(outcomeOf('write', problem(409, 'conflict'), false), 'failed');
  t.equal(outcomeOf('write', problem(409, 'conflict'), true), 'answered', 'its own first try took it');
  t.equal(outcomeOf('write', problem(503, 'overloaded'), false), 'refused');
  t.equal(outcomeOf('write', problem(503, 'database-unavailable', 'is not known'), false), 'unknown');
  t.equal(outcomeOf('seen', problem(500, 'internal-error'), false), 'failed');
});
