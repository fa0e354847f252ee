import { growth } from './growth/growth.ts';
import { growthTables, plansOf } from './growth/report.ts';
import type { Measurement } from './measurement.ts';
import { outage } from './outage/outage.ts';
import { failedMeasurements, outageTable } from './outage/report.ts';
import { backupTable, measureBackup } from './safety/backup.ts';
import { importTable, measureImport } from './safety/import.ts';
import { scrapeCost, scrapeTable } from './scrape.ts';
import { brokenPromises, soakTable } from './soak/report.ts';
import { soak } from './soak/soak.ts';

/** Everything that npm run bench can measure, in this order. */
export const MEASUREMENTS: ReadonlyMap<string, Measurement> = new Map([
  [
    'growth',
    {
      sentence: 'each read with 1,000 articles and with 1,000,000',
      async run({ articles }, { cleanUp, progress }) {
        const result = await growth(articles, cleanUp, progress);
        const files = plansOf(result).map(([name, text]) => [`plans/${name}`, text] as const);
        return { markdown: growthTables(result), result, files };
      },
    },
  ],
  [
    'outage',
    {
      sentence: 'what outages cost: reads, refusals, Redis away, connections, recovery',
      async run({ parts, rounds, measureMs, outages }, { cleanUp, progress }) {
        const result = await outage(parts, { rounds, measureMs, outages }, cleanUp, progress);
        return { markdown: outageTable(result), result, failures: failedMeasurements(result) };
      },
    },
  ],
  [
    'soak',
    {
      sentence: 'all routes for a while, one fault after the other: memory, lost writes, deaths',
      async run({ soakMs, ratePerSecond, seed }, { cleanUp, progress }) {
        const result = await soak({ soakMs, ratePerSecond, seed }, cleanUp, progress);
        return { markdown: soakTable(result), result, failures: brokenPromises(result) };
      },
    },
  ],
  [
    'scrape',
    {
      sentence: 'throughput with and without a scrape of /metrics each second',
      async run(options, context) {
        const result = await scrapeCost(options, context);
        return { markdown: scrapeTable(result), result, failures: result.failures };
      },
    },
  ],
  [
    'import',
    {
      sentence: 'a SQLite file of 1,000,000 rows, beside COPY of the same rows',
      async run({ articles }, { cleanUp, progress }) {
        const result = await measureImport(articles, cleanUp, progress);
        return { markdown: importTable(result), result };
      },
    },
  ],
  [
    'backup',
    {
      sentence: 'a backup of 1,000,000 articles and its restore, beside pg_dump and pg_restore',
      async run({ articles }, { cleanUp, progress }) {
        const result = await measureBackup(articles, cleanUp, progress);
        return { markdown: backupTable(result), result };
      },
    },
  ],
] satisfies [string, Measurement][]);
