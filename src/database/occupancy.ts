/** What takes a place: a statement, and whether it may take a reserved one. */
export type Occupant = { readonly name: string; readonly reserved: boolean };

const RESERVED_SHARE = 0.2;
/** Of the places that are not reserved, one statement takes no more than this, however often it is asked. */
const STATEMENT_SHARE = 0.75;

/** How many there are, in all, without a claim to the reserved share, and of each of these statements. */
export class Occupancy {
  total = 0;
  common = 0;
  readonly #byName = new Map<string, number>();

  of(name: string): number {
    return this.#byName.get(name) ?? 0;
  }

  add({ name, reserved }: Occupant): void {
    this.total += 1;
    if (reserved) return;
    this.common += 1;
    this.#byName.set(name, this.of(name) + 1);
  }

  remove({ name, reserved }: Occupant): void {
    this.total -= 1;
    if (reserved) return;
    this.common -= 1;
    const left = this.of(name) - 1;
    if (left === 0) this.#byName.delete(name);
    else this.#byName.set(name, left);
  }
}

/** The same shares hold for the places and for the queue. */
export function hasRoom(occupied: Occupancy, limit: number, { name, reserved }: Occupant): boolean {
  if (occupied.total >= limit) return false;
  if (reserved) return true;
  const common = limit - Math.round(limit * RESERVED_SHARE);
  return occupied.common < common && occupied.of(name) < Math.ceil(common * STATEMENT_SHARE);
}
