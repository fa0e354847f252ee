import { latenciesOf } from '../figures.ts';
import { OUTCOMES, type Outcome, type RequestRecord, type RouteKind } from '../load/record.ts';
import { duringFault, type Evidence } from '../run.ts';
import { duration, OUTCOME_WORDS } from '../words.ts';
import { escaped } from './markup.ts';

const KINDS: readonly (readonly [RouteKind, string])[] = [
  ['seen', 'Reads of what was read before'],
  ['unseen', 'Reads of what nobody had read'],
  ['write', 'Writes'],
];

/** What each route answered from the fault's beginning to its end. */
export function routesTable(evidence: Evidence): string {
  const during = duringFault(evidence);
  const shown = OUTCOMES.filter((outcome) => during.some((record) => record.outcome === outcome));
  const groups = KINDS.map(([kind, title]) => {
    const ofKind = during.filter((record) => record.kind === kind);
    const routes = [...new Set(ofKind.map(({ route }) => route))].sort(byPath);
    const rows = routes.map((route) => {
      const asked = ofKind.filter((record) => record.route === route);
      const cells = shown.map((outcome) => countCell(asked, outcome)).join('');
      const { p99 } = latenciesOf(asked.map(({ ms }) => ms));
      return `<tr><td><code>${escaped(route)}</code></td>${cells}<td>${duration(p99)}</td><td>${bar(asked)}</td></tr>`;
    });
    return rows.length === 0
      ? ''
      : `<tr class="about"><td colspan="${shown.length + 3}">${title}</td></tr>${rows.join('')}`;
  });
  const heads = shown.map((outcome) => `<th>${OUTCOME_WORDS[outcome]}</th>`).join('');
  return `<div class="scroll"><table><thead><tr><th>route</th>${heads}<th>p99</th><th></th></tr></thead><tbody>${groups.join('')}</tbody></table></div>`;
}

function countCell(asked: readonly RequestRecord[], outcome: Outcome): string {
  const count = asked.filter((record) => record.outcome === outcome).length;
  return count === 0 ? '<td class="none">0</td>' : `<td>${count}</td>`;
}

/** The shares of the outcomes, drawn. */
export function bar(asked: readonly RequestRecord[]): string {
  const pieces = OUTCOMES.map((outcome) => {
    const share = asked.filter((record) => record.outcome === outcome).length / asked.length;
    return share > 0 ? `<i class="${outcome}" style="width:${(share * 100).toFixed(1)}%"></i>` : '';
  });
  return `<span class="bar">${pieces.join('')}</span>`;
}

const byPath = (one: string, other: string) => (pathOf(one) < pathOf(other) ? -1 : 1);
const pathOf = (route: string) => route.replace(/^\w+ /, '');
