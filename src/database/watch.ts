import type { DatabaseConfig } from '../config/config.ts';
import { Supervisor, type Told } from './supervisor.ts';
import { supervision, watchedServers } from './watched-servers.ts';

/** Watches the servers for other processes, and uses none of them itself. */
export class Watch {
  readonly #supervisors = new Map<string, Supervisor>();
  readonly #told = new Map<string, Told>();

  /** `tell` is called after every look at one of the servers. */
  constructor(config: DatabaseConfig, tell: (server: string, told: Told) => void) {
    for (const watched of watchedServers(config)) {
      const { name } = watched;
      const supervisor = new Supervisor({
        ...supervision(config, watched),
        onSeen: () => {},
        onDown: () => {},
        onUp: () => {},
        onLooked: (told) => {
          this.#told.set(name, told);
          tell(name, told);
        },
      });
      this.#supervisors.set(name, supervisor);
    }
  }

  /** What was told last, by server. */
  get told(): ReadonlyMap<string, Told> {
    return this.#told;
  }

  async start(): Promise<void> {
    await Promise.all([...this.#supervisors.values()].map((supervisor) => supervisor.start()));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#supervisors.values()].map((supervisor) => supervisor.stop()));
  }

  lookNow(server: string): void {
    this.#supervisors.get(server)?.suspect();
  }
}
