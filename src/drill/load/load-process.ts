import { eventually } from '../../throwaway/shell.ts';
import { Journal } from './journal.ts';
import { detailsIn, outcomeOf, saidBy, settlementOf } from './judgement.ts';
import type { FromLoad, LoadPlan, ToLoad } from './messages.ts';
import { Mixture } from './mixture.ts';
import type { Outcome, RequestRecord, Sighting } from './record.ts';
import { Hung, type Reply, send } from './requester.ts';
import { type PlannedRequest, pick, type Route } from './route.ts';
import { routesOf } from './routes.ts';
import { watch } from './watcher.ts';

const TICK_MS = 1;
const NEWS_EVERY_MS = 100;

/**
 * The load, as a process of its own: requests at a constant rate, whether or not the ones before were answered (an open
 * loop), so that a server that hangs does not slow down whoever measures it.
 */
class Load {
  readonly #plan: LoadPlan;
  readonly #journal = new Journal();
  readonly #routes: readonly Route[];
  readonly #mixture: Mixture;
  readonly #underWay = new Set<Promise<void>>();
  #records: RequestRecord[] = [];
  #sightings: Sighting[] = [];
  #stallMs = 0;
  #sent = 0;
  #timers: NodeJS.Timeout[] = [];
  #endWatch: () => void = () => {};

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#routes = routesOf(plan.material, this.#journal, plan.run);
    this.#mixture = new Mixture(this.#routes);
  }

  async begin(): Promise<void> {
    const { ratePerSecond, origins } = this.#plan;
    for (const origin of origins) await this.#readOnce(origin);
    const beganAt = Date.now();
    let tickedAt = beganAt;
    const tick = () => {
      this.#stallMs = Math.max(this.#stallMs, Date.now() - tickedAt);
      tickedAt = Date.now();
      const due = Math.ceil(((Date.now() - beganAt) * ratePerSecond) / 1000);
      for (; this.#sent < due; this.#sent += 1) this.#request(beganAt + (this.#sent * 1000) / ratePerSecond);
    };
    this.#timers = [setInterval(tick, TICK_MS), setInterval(() => this.#tellNews(), NEWS_EVERY_MS)];
    this.#endWatch = watch(
      () => origins,
      (sighting) => this.#sightings.push(sighting),
    );
    tell({ said: 'begun' });
  }

  /** Reads everything that is read again and again, so that "read before" is true of all of it. */
  async #readOnce(origin: string): Promise<void> {
    for (const route of this.#routes) {
      for (let turn = 0; turn < (route.cycle ?? 0); turn += 1) {
        const request = route.next(turn);
        if (request === undefined) continue;
        await eventually(async () => {
          const { status } = await send(origin, request, this.#plan.limitMs);
          if (status !== 200) throw new Error(`${request.path} was answered with ${status} before any fault began`);
        }, this.#plan.limitMs);
      }
    }
  }

  /** Sends nothing new, waits for what is under way, and tells the journal. */
  async end(): Promise<void> {
    clearInterval(this.#timers[0]);
    await Promise.all(this.#underWay);
    this.#endWatch();
    clearInterval(this.#timers[1]);
    this.#tellNews();
    tell({ said: 'done', facts: this.#journal.facts() });
  }

  #request(at: number): void {
    const { route, request } = this.#mixture.next();
    const answered = this.#send(route, request, at).finally(() => this.#underWay.delete(answered));
    this.#underWay.add(answered);
  }

  async #send(route: Route, request: PlannedRequest, at: number): Promise<void> {
    const { origins, retryElsewhere } = this.#plan;
    const first = this.#sent;
    const tries = retryElsewhere ? origins.length : 1;
    let mayHaveArrived = false;
    let refused: { readonly by: number; readonly reply: Reply } | undefined;
    for (let tried = 0; tried < tries; tried += 1) {
      const instance = (first + tried) % origins.length;
      try {
        const reply = await send(pick(origins, instance), request, this.#plan.limitMs);
        const settlement = settlementOf(reply, mayHaveArrived);
        // As a load balancer does: one that has just been started refuses until it has looked at the schema.
        if (settlement === 'refused' && reply.status === 503 && tried < tries - 1) {
          refused = { by: instance, reply };
          continue;
        }
        request.hold?.settle(settlement, settlement === 'acknowledged' ? detailsIn(reply) : undefined);
        this.#record(route, at, instance, outcomeOf(route.kind, reply, mayHaveArrived), saidBy(reply));
        return;
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'no answer';
        // Only a connection that was never made cannot have carried the request.
        mayHaveArrived ||= code !== 'ECONNREFUSED';
        if (tried < tries - 1 && !(error instanceof Hung)) continue;
        request.hold?.settle(mayHaveArrived ? 'unknown' : 'refused');
        if (refused !== undefined && !mayHaveArrived) {
          // One refused it and the other is not there: a load balancer passes the refusal on.
          const { by, reply } = refused;
          this.#record(route, at, by, outcomeOf(route.kind, reply, false), saidBy(reply));
          return;
        }
        this.#record(route, at, instance, error instanceof Hung ? 'hung' : 'failed', code);
        return;
      }
    }
  }

  #record({ name, kind }: Route, at: number, instance: number, outcome: Outcome, said: string): void {
    this.#records.push({ route: name, kind, at, ms: Date.now() - at, outcome, said, instance });
  }

  #tellNews(): void {
    tell({ said: 'news', records: this.#records, sightings: this.#sightings, stallMs: this.#stallMs });
    this.#records = [];
    this.#sightings = [];
  }
}

function tell(message: FromLoad): void {
  process.send?.(message);
}

let load: Load | undefined;
process.on('message', (message: ToLoad) => {
  if (message.do === 'begin') {
    load = new Load(message.plan);
    load.begin().catch((error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    });
  } else {
    void load?.end();
  }
});
// Whoever started us is gone: nobody wants to know any more. Ctrl-C is for them to handle.
process.on('disconnect', () => process.exit());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
