import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Type from 'typebox';
import Value from 'typebox/value';
import { parse } from 'yaml';

/** Every alert is told by what it means, how bad it is and what to do, and is tested: when it fires and when it does not. */

const ROOT = join(import.meta.dirname, '..');
const PROMETHEUS = join(ROOT, 'deploy/prometheus');

const text = Type.String({ minLength: 1 });

const ruleFile = Type.Object({
  groups: Type.Array(
    Type.Object({
      rules: Type.Array(
        Type.Object({
          alert: Type.Optional(text),
          labels: Type.Optional(Type.Record(Type.String(), text)),
          annotations: Type.Optional(Type.Record(Type.String(), text)),
        }),
      ),
    }),
  ),
});

const testFile = Type.Object({
  tests: Type.Array(
    Type.Object({
      promql_expr_test: Type.Array(Type.Object({ expr: text, exp_samples: Type.Array(Type.Unknown()) })),
    }),
  ),
});

const SEVERITIES = ['critical', 'warning', 'info'];

const rules = read('rules', ruleFile).flatMap(({ groups }) => groups.flatMap(({ rules }) => rules));
const looks = read('tests', testFile).flatMap(({ tests }) => tests.flatMap((test) => test.promql_expr_test));
const problems: string[] = [];

const names = rules.flatMap(({ alert }) => (alert === undefined ? [] : [alert]));
for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index))) {
  problems.push(`${name}: there are two of that name`);
}
for (const { alert, labels, annotations } of rules) {
  if (alert === undefined) continue;
  if (!SEVERITIES.includes(labels?.severity ?? '')) problems.push(`${alert}: severity is none of ${SEVERITIES}`);
  for (const annotation of ['summary', 'description', 'runbook_url']) {
    if (annotations?.[annotation] === undefined) problems.push(`${alert}: has no ${annotation}`);
  }
  const page = annotations?.runbook_url ?? '';
  if (!/^docs\/runbook\/[a-z-]+\.md$/.test(page) || !existsSync(join(ROOT, page))) {
    problems.push(`${alert}: there is no page ${page}`);
  }
  const mine = looks.filter(({ expr }) => expr === `count(ALERTS{alertname="${alert}",alertstate="firing"})`);
  if (!mine.some(({ exp_samples }) => exp_samples.length > 0)) problems.push(`${alert}: no test sees it fire`);
  if (!mine.some(({ exp_samples }) => exp_samples.length === 0)) problems.push(`${alert}: no test sees it quiet`);
}

const alertmanager = readFileSync(join(ROOT, 'deploy/alertmanager/alertmanager.yml'), 'utf8');
for (const [, mentioned = ''] of alertmanager.matchAll(/alertname=~?"([^"]+)"/g)) {
  for (const name of mentioned.split('|').filter((one) => !names.includes(one))) {
    problems.push(`${name}: alertmanager.yml knows it, and there is no such alert`);
  }
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${names.length} alerts are explained and tested.`);

function read<Schema extends Type.TSchema>(folder: string, schema: Schema): Type.Static<Schema>[] {
  const files = globSync(join(PROMETHEUS, folder, '*.yml'));
  if (files.length === 0) throw new Error(`There is no file in ${join(PROMETHEUS, folder)}.`);
  return files.map((file) => Value.Parse(schema, parse(readFileSync(file, 'utf8'))));
}
