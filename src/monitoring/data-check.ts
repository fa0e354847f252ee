import { explainEmptied } from '../safety/migrations/emptied-tables.ts';
import type { SchemaReport } from '../safety/migrations/inspect-schema.ts';
import type { Check } from './check.ts';

/** Whether the rows are there, and fit together as far as the last consistency check saw. */
export function checkData(schema: SchemaReport | undefined): Check {
  if (schema === undefined) return { status: 'warn', message: 'The tables were not counted yet.' };
  if (schema.emptiedTables.length > 0) return { status: 'fail', message: explainEmptied(schema.emptiedTables) };
  const { checkedAt, violations = {}, examples = {} } = schema.consistency ?? {};
  const broken = Object.entries(violations).filter(([, count]) => count > 0);
  if (broken.length > 0) {
    const found = broken.map(([check, count]) => `${check} (${count}, such as ${examples[check]})`).join('; ');
    return {
      status: 'warn',
      message: `Data do not fit together, seen at ${checkedAt?.toISOString()}: ${found}. See docs/runbook/data-inconsistent.md.`,
    };
  }
  const seen = checkedAt === undefined ? '' : ` All data fitted together at ${checkedAt.toISOString()}.`;
  return { status: 'pass', message: `No table is suddenly empty.${seen}` };
}
