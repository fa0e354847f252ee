/** What takes a place: a statement, and of which kind it is. */
export type Occupant = {
  readonly name: string;
  /** True for logins and changes, false for reads: each kind has places that the other never takes. */
  readonly reserved: boolean;
};

/** So many places are kept free of reads, and as many of logins and changes. */
const KEPT_SHARE = 0.2;
/** Of the places that reads may have, one statement takes no more than this, however often it is asked. */
const STATEMENT_SHARE = 0.75;

/** How many there are, in all, of each kind, and of each statement. */
export class Occupancy {
  total = 0;
  #reserved = 0;
  readonly #byName = new Map<string, number>();

  of(name: string): number {
    return this.#byName.get(name) ?? 0;
  }

  ofKind(reserved: boolean): number {
    return reserved ? this.#reserved : this.total - this.#reserved;
  }

  add({ name, reserved }: Occupant): void {
    this.total += 1;
    if (reserved) this.#reserved += 1;
    this.#byName.set(name, this.of(name) + 1);
  }

  remove({ name, reserved }: Occupant): void {
    this.total -= 1;
    if (reserved) this.#reserved -= 1;
    const left = this.of(name) - 1;
    if (left === 0) this.#byName.delete(name);
    else this.#byName.set(name, left);
  }
}

/** The same shares hold for the places and for the queue. Of two places each kind has one; a single one is anybody's. */
export function hasRoom(occupied: Occupancy, limit: number, { name, reserved }: Occupant): boolean {
  const ofKind = Math.max(1, limit - Math.max(1, Math.round(limit * KEPT_SHARE)));
  if (occupied.total >= limit || occupied.ofKind(reserved) >= ofKind) return false;
  // Rounded, three quarters of few places would be all of them.
  const ofStatement = Math.max(1, Math.min(ofKind - 1, Math.round(ofKind * STATEMENT_SHARE)));
  return reserved || occupied.of(name) < ofStatement;
}
