import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Panel } from './panel.ts';
import { cache } from './rows/cache.ts';
import { database } from './rows/database.ts';
import { processes } from './rows/processes.ts';
import { requests } from './rows/requests.ts';
import { safety } from './rows/safety.ts';

/** node scripts/grafana/write-dashboard.ts [--check]: writes the dashboard out of rows/, or says that it is not so. */

const ROOT = join(import.meta.dirname, '../..');
const FILE = join(ROOT, 'deploy/grafana/dashboards/steadfast.json');
const ROWS = [requests, database, cache, safety, processes];
const COLUMNS = 24;
const WIDTH = 8;
const HEIGHT = 8;
const DATASOURCE = { type: 'prometheus', uid: 'prometheus' };

const TYPES = { timeseries: 'timeseries', state: 'state-timeline', now: 'stat' } as const;

const dashboard = {
  uid: 'steadfast',
  title: 'Steadfast',
  schemaVersion: 39,
  editable: true,
  refresh: '15s',
  time: { from: 'now-1h', to: 'now' },
  timezone: 'browser',
  graphTooltip: 1,
  templating: {
    list: [
      {
        name: 'instance',
        label: 'server',
        type: 'query',
        datasource: DATASOURCE,
        query: { query: 'label_values(up{job="steadfast"}, instance)', refId: 'instance' },
        refresh: 2,
        multi: true,
        includeAll: true,
        allValue: '.*',
        current: { text: 'All', value: '$__all' },
      },
    ],
  },
  annotations: {
    list: [
      {
        name: 'Alerts',
        datasource: DATASOURCE,
        enable: true,
        iconColor: 'red',
        expr: 'ALERTS{alertstate="firing"}',
        titleFormat: '{{alertname}}',
      },
    ],
  },
  panels: layOut(),
};

const text = `${JSON.stringify(dashboard, null, 2)}\n`;
if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (readFileSync(FILE, 'utf8') !== text) {
  console.error(
    `${relative(ROOT, FILE)} is not what scripts/grafana/rows say. Write it: node scripts/grafana/write-dashboard.ts`,
  );
  process.exitCode = 1;
}

/** Rows from top to bottom, their panels from left to right. */
function layOut(): object[] {
  const placed: object[] = [];
  let y = 0;
  for (const { title, panels } of ROWS) {
    placed.push({ id: placed.length + 1, type: 'row', title, gridPos: { x: 0, y, w: COLUMNS, h: 1 }, panels: [] });
    y += 1;
    let x = 0;
    for (const panel of panels) {
      const { width = WIDTH } = panel;
      if (x + width > COLUMNS) {
        x = 0;
        y += HEIGHT;
      }
      placed.push(drawn(panel, placed.length + 1, { x, y, w: width, h: HEIGHT }));
      x += width;
    }
    y += HEIGHT;
  }
  return placed;
}

function drawn(panel: Panel, id: number, gridPos: object): object {
  const { title, description, kind = 'timeseries', unit, queries, values, stacked = false } = panel;
  return {
    id,
    type: TYPES[kind],
    title,
    ...(description !== undefined && { description }),
    gridPos,
    datasource: DATASOURCE,
    targets: Object.entries(queries).map(([legendFormat, expr], index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: DATASOURCE,
      expr,
      legendFormat,
      ...(kind === 'now' && { instant: true, range: false }),
    })),
    fieldConfig: {
      defaults: {
        unit,
        ...(kind === 'timeseries' && {
          min: 0,
          custom: {
            lineWidth: 1,
            fillOpacity: stacked ? 40 : 0,
            showPoints: 'never',
            stacking: { mode: stacked ? 'normal' : 'none' },
          },
        }),
        ...(values !== undefined && { mappings: mappingsOf(values) }),
      },
      overrides: [],
    },
    options: optionsOf(kind),
  };
}

function mappingsOf(values: NonNullable<Panel['values']>): object[] {
  return [{ type: 'value', options: { ...values.map((value, index) => ({ ...value, index })) } }];
}

function optionsOf(kind: keyof typeof TYPES): object {
  if (kind === 'now')
    return { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'none', textMode: 'value_and_name' };
  if (kind === 'state') return { showValue: 'never', mergeValues: true, legend: { displayMode: 'list' } };
  return { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } };
}
