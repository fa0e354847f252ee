import type { Drilled } from '../drills.ts';
import { holds } from '../drills.ts';
import { duringFault } from '../run.ts';
import { duration, percent } from '../words.ts';
import { escaped } from './markup.ts';
import { bar } from './routes-table.ts';

/** Every fault in a line, with a link to its section. */
export function overview(drilled: readonly Drilled[]): string {
  const shown = drilled.filter((each) => !('obstacle' in each));
  const stood = shown.filter(holds).length;
  return `<section><h2>${stood} of ${shown.length} stood</h2>
<div class="scroll"><table>
<thead><tr><th>fault</th><th></th><th>reads seen before,<br>answered</th><th>everything<br>during the fault</th><th>breaker<br>open after</th><th>p99 of reads<br>while open</th><th>well again<br>after</th><th>writes<br>lost</th></tr></thead>
<tbody>${drilled.map(row).join('')}</tbody></table></div></section>`;
}

function row(drilled: Drilled): string {
  const { name } = drilled.fault;
  const link = `<td><a href="#${name}">${escaped(name)}</a></td>`;
  if (!('evidence' in drilled))
    return `<tr>${link}<td class="${holds(drilled) ? 'soft' : 'bad'}">not shown</td>${'<td class="none">–</td>'.repeat(6)}</tr>`;
  const { figures, evidence } = drilled;
  const { written } = evidence;
  const mark = holds(drilled) ? '<td class="good">✓</td>' : '<td class="bad">✗</td>';
  const cells = [
    percent(figures.seenAnswered),
    bar(duringFault(evidence)),
    duration(figures.openedAfterMs),
    duration(figures.seen.down.p99),
    duration(figures.recoveredAfterMs),
    `${written.lost.length} of ${written.acknowledged}`,
  ];
  return `<tr>${link}${mark}${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}
