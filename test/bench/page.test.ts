import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { notMeasured, ratioAtLeast } from '../../bench/goals.ts';
import type { Measured } from '../../bench/measurement.ts';
import { readOptions } from '../../bench/options.ts';
import { markdownToHtml } from '../../bench/report/markdown.ts';
import { benchPage } from '../../bench/report/page.ts';
import { ratioBars } from '../../bench/report/ratio-bars.ts';
import { keep } from '../../bench/results.ts';
import { spread } from '../../bench/spread.ts';
import { countStolenTime, stolenInWords } from '../../bench/stolen-time.ts';

const MACHINE = {
  ...{ processor: 'a <fast> one', processors: 2, memoryGb: 8, system: 'linux x64', commit: 'abc1234' },
  ...{ node: '24.0.0', postgres: '15.1', redis: '7.0', wrk: '4.1.0' },
};

t.test('tables, lists and emphasis become HTML, and nothing else does', (t) => {
  const html = markdownToHtml('a **b** `c<d>`\n\n| x | y |\n| --- | --: |\n| <img> | *2* |\n\n- one\n- two');
  t.match(html, '<p>a <strong>b</strong> <code>c&#60;d&#62;</code></p>');
  t.match(html, '<tr><td>&#60;img&#62;</td><td><em>2</em></td></tr>');
  t.match(html, '<ul><li>one</li><li>two</li></ul>');
  t.notMatch(html, '<img');
  t.end();
});

t.test('the page stands for itself, says what was not measured, and lets no text become markup', (t) => {
  const what = '<script>alert(1)</script>';
  const met = { what, figure: '1', beside: '2', ...ratioAtLeast(spread([0.9, 1, 1.1]), 0.9) };
  const measured: Measured = {
    ...{ name: 'speed', sentence: 'a <b> & c', at: '2026-11-21T20:00:00.000Z', seconds: 3, machine: MACHINE },
    ...{ lines: [met, notMeasured('growth', 'no <disk>')], plots: [ratioBars(what, [met])] },
    ...{ stolen: 0.0123, markdown: what, result: {}, failures: ['<i>'] },
  };
  const page = benchPage([measured]);
  t.match(page, '1 of 2 goals met, 0 missed, 1 not measured');
  t.match(page, 'PostgreSQL 15.1');
  t.match(page, 'within 3 s, 1.2 % of the processors given to other machines, commit');
  t.notMatch(page, /<script|<i>|<fast>|<disk>|NaN/);
  t.notMatch(page, /(?:src|href)="(?!#)/, 'nothing is loaded from elsewhere');
  t.end();
});

t.test('what has no figure, and results of an older form, keep nobody from keeping the next', (t) => {
  const folder = t.testdir();
  const names = ['speed', 'mix', 'soak'];
  const measured = (name: string): Measured => ({
    ...{ name, sentence: name, at: '2026-11-21T20:00:00.000Z', seconds: 3, machine: MACHINE },
    ...{ lines: [{ what: name, figure: '1', beside: '2', ...ratioAtLeast(spread([Number.NaN, 1]), 0.9) }] },
    ...{ plots: [], markdown: name, result: {} },
  });
  writeFileSync(join(folder, 'soak.json'), '{"articles":1}');
  keep(measured('speed'), [], names, folder);
  keep(measured('mix'), [['plans/one.txt', 'a plan']], names, folder);
  const goals = readFileSync(join(folder, 'goals.md'), 'utf8');
  t.match(goals, '- speed: 2026-11-21 20:00 UTC, commit abc1234\n- mix: ');
  t.match(goals, '| speed | *not measured* | ≥ 0.9 × | – |');
  t.notMatch(goals, 'soak');
  t.match(readFileSync(join(folder, 'index.html'), 'utf8'), '0 of 2 goals met, 0 missed, 2 not measured');
  t.equal(readFileSync(join(folder, 'plans/one.txt'), 'utf8'), 'a plan\n');
  t.end();
});

t.test('what the host gives to others is a share, also of no time at all', (t) => {
  const stolen = countStolenTime()();
  t.ok(stolen === undefined ? process.platform !== 'linux' : stolen >= 0 && stolen <= 1, `${stolen}`);
  t.equal(stolenInWords(undefined), '');
  t.end();
});

t.test('what cannot be measured is refused with what there is', (t) => {
  for (const [args, said] of [
    [['nothing'], 'There is no measurement named nothing'],
    [['speed', '--part', 'recovery'], 'There is no part of speed named recovery'],
    [['--rounds', '0'], '--rounds is a whole number of at least 1'],
    [['--speed'], 'npm run bench -- NAME'],
  ] as const) {
    const options = readOptions(args);
    t.match(options, { code: 64 });
    t.match('print' in options && options.print, said);
  }
  t.match(readOptions(['speed', '--part', 'memory']), { names: ['speed'], parts: ['memory'] });
  t.end();
});
