import type { Config } from '../config/config.ts';
import { errorForLog } from './errors/error-for-log.ts';

/** How every process of the server logs, whatever it writes to. */
export function loggerOptions(level: Config['logLevel']) {
  return {
    level,
    serializers: { err: (error: unknown) => errorForLog(error) },
    redact: {
      paths: ['*.password', '*.authorization', '*.token', 'req.headers.authorization', 'headers.authorization'],
      censor: '***',
    },
  };
}
