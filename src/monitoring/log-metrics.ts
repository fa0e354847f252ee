import { Counter, type Registry } from 'prom-client';
import type { LogDestination } from './log-destination.ts';

/** What became of the log: whoever reads only the log cannot see what is missing in it. */
export function logMetrics(registers: Registry[], log: Pick<LogDestination, 'dropped' | 'writeErrors'>): void {
  new Counter({
    name: 'log_lines_dropped_total',
    help: 'Lines of the log that were dropped, because whoever reads it was too slow or had gone',
    registers,
    collect() {
      this.reset();
      this.inc(log.dropped);
    },
  });
  new Counter({
    name: 'log_write_errors_total',
    help: 'How often writing the log failed, as on a full disk',
    registers,
    collect() {
      this.reset();
      this.inc(log.writeErrors);
    },
  });
}
