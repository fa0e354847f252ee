import pg from 'pg';

/** A number from 0 to below `limit`, the same row of them for the same seed. */
export type Dice = (limit: number) => number;

/** Mulberry32: good enough to choose by, and repeatable. */
export function dice(seed: number): Dice {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

export type Write = readonly [text: string, values: readonly unknown[]];

/**
 * Lets `writers` connections write side by side, each `writes` statements that `next` chooses. Returns what
 * PostgreSQL refused: how often, by SQLSTATE and constraint.
 */
export async function writeSideBySide(
  url: string,
  amounts: { readonly writers: number; readonly writes: number },
  next: (dice: Dice) => Write,
): Promise<Record<string, number>> {
  const refused: Record<string, number> = {};
  const write = async (seed: number) => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    try {
      const choose = dice(seed);
      for (let done = 0; done < amounts.writes; done += 1) {
        const [text, values] = next(choose);
        await client.query(text, [...values]).catch((error: unknown) => {
          if (!(error instanceof pg.DatabaseError)) throw error;
          const reason = [error.code, error.constraint].filter(Boolean).join(' ');
          refused[reason] = (refused[reason] ?? 0) + 1;
        });
      }
    } finally {
      await client.end();
    }
  };
  await Promise.all(Array.from({ length: amounts.writers }, (_, index) => write(index + 1)));
  return refused;
}
