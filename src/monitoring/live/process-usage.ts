const { eventLoopUtilization } = performance;

export type ProcessShare = {
  readonly memoryBytes: number;
  /** Shares of the time since the last look, 0 to 1; of several processors more. */
  readonly processor: number;
  readonly eventLoop: number;
};

/** What the process took of its machine since it was last looked at. */
export class ProcessUsage {
  #lookedAt = performance.now();
  #processor = process.cpuUsage();
  #eventLoop = eventLoopUtilization();

  look(): ProcessShare {
    const now = performance.now();
    const { user, system } = process.cpuUsage(this.#processor);
    const load = {
      memoryBytes: process.memoryUsage.rss(),
      processor: share((user + system) / 1000 / (now - this.#lookedAt)),
      eventLoop: share(eventLoopUtilization(this.#eventLoop).utilization),
    };
    this.#lookedAt = now;
    this.#processor = process.cpuUsage();
    this.#eventLoop = eventLoopUtilization();
    return load;
  }
}

function share(value: number): number {
  return Math.round(value * 1000) / 1000;
}
