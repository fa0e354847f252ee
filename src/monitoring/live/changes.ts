import type { Happening } from './event-log.ts';
import type { Sections } from './sections.ts';

const TONE_OF_STATUS = { healthy: 'good', degraded: 'warning', critical: 'bad' } as const;

/** What happened between two looks that nobody announces. */
export function changesBetween(before: Sections, now: Sections): Happening[] {
  return [
    ...healthChanges(before.health, now.health),
    ...schemaChanges(before.schema, now.schema),
    ...backupChanges(before.backups, now.backups),
    ...replicaChanges(before.replicas, now.replicas),
  ];
}

function healthChanges(before: Sections['health'], now: Sections['health']): Happening[] {
  if (now.status === before.status) return [];
  const wrong = Object.entries(now.checks)
    .filter(([, check]) => check.status !== 'pass')
    .map(([name]) => name);
  const because = wrong.length === 0 ? '' : `, for ${wrong.join(', ')}`;
  return [
    { tone: TONE_OF_STATUS[now.status], text: `Health changed from ${before.status} to ${now.status}${because}.` },
  ];
}

function schemaChanges(before: Sections['schema'], now: Sections['schema']): Happening[] {
  if (now === null || before === null) return [];
  const changes: Happening[] = [];
  if (now.state !== before.state) {
    changes.push(
      now.valid
        ? { tone: 'good', text: 'The schema is as the migrations make it.' }
        : { tone: 'bad', text: `The schema is ${now.state}: the API answers 503.` },
    );
  }
  for (const table of now.emptied.filter((one) => !before.emptied.includes(one))) {
    changes.push({ tone: 'bad', text: `The table ${table} is suddenly empty.` });
  }
  return changes;
}

function backupChanges(before: Sections['backups'], now: Sections['backups']): Happening[] {
  if (now === null || before === null) return [];
  const changes: Happening[] = [];
  if (now.last !== null && now.last.name !== before.last?.name) {
    changes.push({ tone: 'good', text: `The backup ${now.last.name} was taken.` });
  }
  if (isLater(now.lastVerifiedAt, before.lastVerifiedAt)) {
    changes.push({ tone: 'good', text: 'A backup was proven by restoring it.' });
  }
  if (isLater(now.failedAt, before.failedAt)) {
    changes.push({ tone: 'bad', text: 'An attempt at a backup failed.' });
  }
  return changes;
}

function replicaChanges(before: Sections['replicas'], now: Sections['replicas']): Happening[] {
  return now
    .filter(({ usable }, index) => usable !== before[index]?.usable)
    .map(({ name, usable }) =>
      usable
        ? { tone: 'good', text: `Reads go to ${name}.` }
        : { tone: 'warning', text: `${name} is left out: the others answer its reads.` },
    );
}

function isLater(one: Date | null, other: Date | null): boolean {
  return one !== null && one.getTime() > (other?.getTime() ?? 0);
}
