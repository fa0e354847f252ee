/**
 * Calls `action` after that time, in milliseconds, and once what lay in the pipes by then has been read: where this process
 * stood still itself, the answer it waits for may be among it.
 */
export function afterReading(limitMs: number, action: () => void): NodeJS.Timeout {
  return setTimeout(() => setImmediate(() => setImmediate(action)), limitMs);
}
