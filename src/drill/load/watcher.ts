import type { BreakerState, Sighting } from './record.ts';
import { send } from './requester.ts';

const EVERY_MS = 250;
/** A server that says nothing for so long is silent, whatever it says later. */
const LIMIT_MS = 2000;

/** Asks every server four times a second how it is: /health and /metrics. Returns how to end that. */
export function watch(origins: () => readonly string[], saw: (sighting: Sighting) => void): () => void {
  const look = () => {
    for (const [instance, origin] of origins().entries()) void sightingOf(origin, instance).then(saw);
  };
  const timer = setInterval(look, EVERY_MS);
  look();
  return () => clearInterval(timer);
}

/** What the server says about itself now. Never rejects: silence is an answer too. */
export async function sightingOf(origin: string, instance: number): Promise<Sighting> {
  try {
    const [health, metrics] = await Promise.all(
      ['/health', '/metrics'].map((path) => send(origin, { method: 'GET', path }, LIMIT_MS)),
    );
    const { status, message } = JSON.parse(health?.body ?? '') as Pick<Sighting, 'message'> & {
      status: HealthWord;
    };
    const gauge = (line: string) => gaugeIn(metrics?.body ?? '', line);
    const states: BreakerState[] = ['closed', 'open'];
    return {
      ...{ at: Date.now(), instance, health: status, message },
      breaker: states.find((state) => gauge(`circuit_breaker_state{name="postgresql",state="${state}"}`) === 1),
      memoryBytes: gauge('process_resident_memory_bytes'),
      connectionsUsed: gauge(
        'db_client_connection_count{db_client_connection_pool_name="postgresql",db_client_connection_state="used"}',
      ),
      waiting: gauge('db_client_connection_pending_requests{db_client_connection_pool_name="postgresql"}'),
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const nothing = { breaker: undefined, memoryBytes: undefined, connectionsUsed: undefined, waiting: undefined };
    return { at: Date.now(), instance, health: 'silent', message, ...nothing };
  }
}

type HealthWord = Exclude<Sighting['health'], 'silent'>;

/** The value of the line that begins with that, in Prometheus' text format. */
function gaugeIn(text: string, line: string): number | undefined {
  const start = text.indexOf(`\n${line} `);
  if (start === -1) return undefined;
  const end = text.indexOf('\n', start + 1);
  return Number(text.slice(start + line.length + 2, end === -1 ? undefined : end));
}
