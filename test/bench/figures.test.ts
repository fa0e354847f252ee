import t from 'tap';
import { goalTable, NO_GOAL, ratioAtLeast, ratioAtMost, unlessFailed } from '../../bench/goals.ts';
import { findPeak } from '../../bench/mix/peak.ts';
import { roundUp } from '../../bench/report/curve.ts';
import { inWords, ratios, spread, times } from '../../bench/spread.ts';

t.test('rounds are told by their median and their ends', (t) => {
  t.same(spread([3, 1, 2]), { median: 2, min: 1, max: 3 });
  t.same(spread([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4 });
  t.equal(inWords(spread([1, 2, 4]), times), '2.00 (1.00–4.00)');
  t.end();
});

t.test('a ratio is taken round by round, so that a slow round slows both', (t) => {
  t.same(ratios([50, 5, 500], [100, 10, 1000]), { median: 0.5, min: 0.5, max: 0.5 });
  t.end();
});

t.test('a goal is met by the median', (t) => {
  t.equal(ratioAtLeast(spread([0.5, 0.85, 2]), 0.85).verdict, 'met');
  t.equal(ratioAtLeast(spread([0.5, 0.84, 2]), 0.85).verdict, 'missed');
  t.equal(ratioAtMost(spread([1, 1.31, 1]), 1.3).verdict, 'met');
  t.equal(ratioAtLeast(spread([]), 0.85).verdict, 'not measured', 'what has no figure is not met');
  t.equal(ratioAtLeast(ratios([5], [0]), 0.85).verdict, 'not measured', 'nor what is beside nothing');
  t.end();
});

t.test('a failed measurement says nothing about its goal', (t) => {
  const line = { what: 'reads', figure: '100', beside: '90', ...ratioAtLeast(spread([1.1]), 0.85) };
  t.match(unlessFailed(line, ['12 × status 503', 'and more']), {
    ...{ figure: '100; failed: 12 × status 503', goal: '≥ 0.85 ×', verdict: 'not measured' },
  });
  t.equal(unlessFailed(line, []), line);
  const told = { ...line, ...NO_GOAL };
  t.equal(unlessFailed(told, ['12 × status 503']), told);
  t.end();
});

t.test('what somebody else says does not break a table', (t) => {
  const line = {
    what: 'a | b',
    figure: 'failed:\nno such | file',
    beside: '',
    goal: '',
    verdict: 'not measured',
  } as const;
  const row = goalTable([line]).split('\n').slice(2);
  t.same(row, ['| a / b | *not measured* |  |  | failed: no such / file |  |']);
  t.end();
});

t.test('the most that is held is found from below and from above', async (t) => {
  for (const most of [40, 499, 500, 3000, 20_000]) {
    const peak = await findPeak(500, async (rate) => rate <= most);
    t.ok(peak <= most && peak >= most * 0.9, `${most}: ${peak}`);
  }
  t.equal(await findPeak(500, async () => false), 0);
});

t.test('an axis ends at a round number', (t) => {
  t.same([0.3, 1, 12, 51, 199].map(roundUp), [0.5, 1, 20, 100, 200]);
  t.end();
});
