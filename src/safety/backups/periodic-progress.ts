const PAUSE_MS = 2000;

/** Says every two seconds how far things are, when something has changed. */
export class PeriodicProgress {
  readonly #figures = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;

  constructor(progress: (sentence: string) => void) {
    let said = '';
    this.#timer = setInterval(() => {
      const sentence = [...this.#figures.values()].join(', ');
      if (sentence !== said) progress(`  ${sentence}`);
      said = sentence;
    }, PAUSE_MS);
  }

  set(name: string, figure: string): void {
    this.#figures.set(name, figure);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
