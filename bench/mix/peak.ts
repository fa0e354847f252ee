const STEPS = 12;
const FASTER = 2;
/** What is held and what is not lie so close together in the end. */
const CLOSE = 1.08;

/**
 * The most requests a second that are held: faster and faster until one is not, then between the two. 0 where not even a
 * sixteenth of the first is held.
 */
export async function findPeak(first: number, holds: (rate: number) => Promise<boolean>): Promise<number> {
  let held = 0;
  let tooMuch = Number.POSITIVE_INFINITY;
  let rate = first;
  for (let step = 0; step < STEPS && tooMuch > held * CLOSE && rate >= first / 16; step += 1) {
    if (await holds(rate)) held = rate;
    else tooMuch = rate;
    if (held === 0) rate = Math.round(tooMuch / 2);
    else rate = Math.round(tooMuch === Number.POSITIVE_INFINITY ? held * FASTER : (held + tooMuch) / 2);
  }
  return held;
}
