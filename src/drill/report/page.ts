import { cpus } from 'node:os';
import { type Drilled, holds, type Shown } from '../drills.ts';
import { OUTCOMES } from '../load/record.ts';
import { busyNote, duration, OUTCOME_WORDS, percent } from '../words.ts';
import { escaped, htmlPage } from './markup.ts';
import { overview } from './overview.ts';
import { routesTable } from './routes-table.ts';
import { STYLE } from './style.ts';
import { timeline } from './timeline.ts';

/** One page that stands for itself: what was done, what was seen, and whether that is what was promised. */
export function page(drilled: readonly Drilled[], at: Date): string {
  const title =
    drilled.length === 1 ? `Steadfast drill: ${drilled[0]?.fault.name}` : 'Steadfast drill: every fault';
  const main = `<h1>${escaped(title)}</h1>
<p class="soft">Real servers, real requests at a constant rate from a process of their own, whatever is answered. ${escaped(
    `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC, Node ${process.versions.node}, ${cpus().length} processors`,
  )}.</p>
${drilled.length > 1 ? overview(drilled) : ''}
${drilled.map(section).join('\n')}`;
  return htmlPage(title, STYLE, main);
}

function section(drilled: Drilled): string {
  const { name, sentence } = drilled.fault;
  const head = (badge: string) =>
    `<section id="${name}"><header class="fault"><div><h2>${escaped(name)}</h2><p>${escaped(sentence)}</p></div>${badge}</header>`;
  if ('obstacle' in drilled) {
    return `${head('<span class="badge soft">cannot be shown here</span>')}<p class="soft">${escaped(drilled.obstacle)}</p></section>`;
  }
  if ('failure' in drilled) {
    return `${head('<span class="badge bad">✗ not shown to its end</span>')}<p>${escaped(drilled.failure)}</p></section>`;
  }
  const { evidence, verdicts } = drilled;
  const failed = verdicts.filter((verdict) => !verdict.holds).length;
  const badge = holds(drilled)
    ? '<span class="badge good">✓ it stands</span>'
    : `<span class="badge bad">✗ ${failed} ${failed === 1 ? 'verdict' : 'verdicts'} failed</span>`;
  const marks = verdicts.map(
    (verdict) =>
      `<li><span class="mark ${verdict.holds ? 'good' : 'bad'}">${verdict.holds ? '✓' : '✗'}</span><span><b>${escaped(
        verdict.name,
      )}</b><br><span class="soft">${escaped(verdict.seen)}</span></span></li>`,
  );
  return `${head(badge)}
${figures(drilled)}
<p class="soft">${escaped(busyNote(drilled.figures.all.before.p99))}</p>
${timeline(evidence)}
${legend()}
<h3>Verdicts</h3>
<ul class="verdicts">${marks.join('')}</ul>
<h3>What each route answered during the fault</h3>
${routesTable(evidence)}
</section>`;
}

function figures({ figures: seen, evidence }: Shown): string {
  const { written } = evidence;
  const rows: readonly (readonly [string, string, string])[] = [
    [
      'reads seen before, answered during the fault',
      percent(seen.seenAnswered),
      `of everything ${percent(seen.allAnswered)}`,
    ],
    ['breaker open after', duration(seen.openedAfterMs), ''],
    [
      'their p99 while it was open',
      duration(seen.seen.down.p99),
      `p50 ${duration(seen.seen.down.p50)}; before the fault p99 ${duration(seen.seen.before.p99)}`,
    ],
    ['all well again after', duration(seen.recoveredAfterMs), 'counted from the end of the fault'],
    ['acknowledged writes lost', String(written.lost.length), `of ${written.acknowledged}, asked of PostgreSQL`],
  ];
  return `<dl class="figures">${rows
    .map(
      ([name, value, more]) =>
        `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}<small>${escaped(more)}</small></dd></div>`,
    )
    .join('')}</dl>`;
}

function legend(): string {
  const items = OUTCOMES.map((outcome) => `<li><i class="${outcome}"></i>${OUTCOME_WORDS[outcome]}</li>`);
  return `<ul class="legend">${items.join('')}</ul>`;
}
