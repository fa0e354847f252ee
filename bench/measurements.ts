import { growth } from './growth/growth.ts';
import { growthReport } from './growth/report.ts';
import type { Measurement } from './measurement.ts';
import { mix } from './mix/mix.ts';
import { mixReport } from './mix/report.ts';
import { OUTAGE_PARTS, outage } from './outage/outage.ts';
import { outageReport } from './outage/report.ts';
import { backupReport, measureBackup } from './safety/backup.ts';
import { importReport, measureImport } from './safety/import.ts';
import { scrapeCost, scrapeReport } from './scrape.ts';
import { soakReport } from './soak/report.ts';
import { soak } from './soak/soak.ts';
import { speedReport } from './speed/report.ts';
import { SPEED_PARTS, speed } from './speed/speed.ts';
import { measureStart, startReport } from './start.ts';
import { measureWorkers, workersReport } from './workers.ts';

/** Everything that npm run bench can measure, in this order. */
export const MEASUREMENTS: ReadonlyMap<string, Measurement> = new Map([
  [
    'speed',
    {
      sentence: 'requests a second: from memory, from Redis, uncached, writes, each beside its ceiling',
      parts: SPEED_PARTS,
      run: async ({ parts = SPEED_PARTS, rounds, measureMs }, context) =>
        speedReport(await speed(parts, { rounds, measureMs }, context)),
    },
  ],
  [
    'mix',
    {
      sentence:
        'reads and writes as people make them over 1,000 connections: the most, and latencies at 70 % of it',
      run: async ({ rounds, measureMs, seed }, context) =>
        mixReport(await mix({ rounds, measureMs, seed }, context)),
    },
  ],
  [
    'workers',
    {
      sentence: 'reads from memory with two workers, beside one process',
      run: async ({ rounds, measureMs }, context) =>
        workersReport(await measureWorkers({ rounds, measureMs }, context)),
    },
  ],
  [
    'start',
    {
      sentence: 'from the start of the program until it is ready',
      run: async (_options, context) => startReport(await measureStart(context)),
    },
  ],
  [
    'outage',
    {
      sentence: 'what outages cost: reads, refusals, Redis away, connections, recovery',
      parts: OUTAGE_PARTS,
      run: async ({ parts = OUTAGE_PARTS, rounds, measureMs, outages }, { cleanUp, progress }) =>
        outageReport(await outage(parts, { rounds, measureMs, outages }, cleanUp, progress)),
    },
  ],
  [
    'growth',
    {
      sentence: 'each read with 1,000 articles and with 1,000,000',
      run: async ({ articles }, { cleanUp, progress }) => growthReport(await growth(articles, cleanUp, progress)),
    },
  ],
  [
    'import',
    {
      sentence: 'a SQLite file of 1,000,000 rows, beside COPY of the same rows',
      run: async ({ articles }, { cleanUp, progress }) =>
        importReport(await measureImport(articles, cleanUp, progress)),
    },
  ],
  [
    'backup',
    {
      sentence: 'a backup of 1,000,000 articles and its restore, beside pg_dump and pg_restore',
      run: async ({ articles }, { cleanUp, progress }) =>
        backupReport(await measureBackup(articles, cleanUp, progress)),
    },
  ],
  [
    'scrape',
    {
      sentence: 'throughput with and without a scrape of /metrics each second',
      run: async (options, context) => scrapeReport(await scrapeCost(options, context)),
    },
  ],
  [
    'soak',
    {
      sentence: 'all routes for a while, one fault after the other: memory, lost writes, deaths',
      run: async ({ soakMs, ratePerSecond, seed }, { cleanUp, progress }) =>
        soakReport(await soak({ soakMs, ratePerSecond, seed }, cleanUp, progress)),
    },
  ],
] satisfies [string, Measurement][]);
