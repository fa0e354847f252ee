import { escaped, htmlPage } from '../../src/drill/report/markup.ts';
import { STYLE } from '../../src/drill/report/style.ts';
import { goalTable, withGoal } from '../goals.ts';
import { machineInWords } from '../machine.ts';
import type { Measured } from '../measurement.ts';
import { stolenInWords } from '../stolen-time.ts';
import { markdownToHtml } from './markdown.ts';
import { PLOT_STYLE } from './plot-style.ts';

const TITLE = 'Steadfast, measured';

/** All measurements on one page that stands for itself: the goals first, then each with its drawings and its table. */
export function benchPage(all: readonly Measured[]): string {
  const lines = withGoal(all.flatMap((each) => each.lines));
  const amount = (verdict: string) => lines.filter((line) => line.verdict === verdict).length;
  const machines = [...new Set(all.map(({ machine }) => machineInWords(machine)))];
  const left = amount('not measured') === 0 ? '' : `, ${amount('not measured')} not measured`;
  const main = `<h1>${TITLE}</h1>
<p class="soft">Every figure stands beside another one that was measured in the same run, by turns. ${escaped(machines.join(' / '))}.</p>
<nav>${all.map(({ name }) => `<a href="#${escaped(name)}">${escaped(name)}</a>`).join(' ')}</nav>
<section id="goals"><h2>${amount('met')} of ${lines.length} goals met, ${amount('missed')} missed${left}</h2>
${markdownToHtml(goalTable(lines))}</section>
${all.map(section).join('\n')}`;
  return htmlPage(TITLE, STYLE + PLOT_STYLE, main);
}

function section({
  name,
  sentence,
  at,
  seconds,
  stolen,
  machine,
  plots,
  markdown,
  failures = [],
}: Measured): string {
  const when = `${at.slice(0, 16).replace('T', ' ')} UTC, within ${Math.round(seconds)} s${stolenInWords(stolen)}, commit ${machine.commit}`;
  const failed = failures.map(
    (failure) => `<li><span class="mark bad">✗</span><span>${escaped(failure)}</span></li>`,
  );
  return `<section id="${escaped(name)}"><h2>${escaped(name)}</h2><p>${escaped(sentence)}</p><p class="soft">${escaped(when)}</p>
${failed.length === 0 ? '' : `<h3>Failed</h3><ul class="verdicts">${failed.join('')}</ul>`}
${plots.join('\n')}
${markdownToHtml(markdown)}</section>`;
}
