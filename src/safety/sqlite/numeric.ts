const DIGITS_IN_GROUP = 4;
const NEGATIVE = 0x4000;
/** PostgreSQL gives these back with a number of decimals that nobody gave it. */
const INFINITE: ReadonlyMap<string, readonly number[]> = new Map([
  ['Infinity', [0, 0, 0xd000, 32]],
  ['-Infinity', [0, 0, 0xf000, 32]],
]);

/**
 * A number as PostgreSQL's numeric has it in the binary format: how many groups of four digits, the weight of the first,
 * the sign, the number of decimals, the groups. No group at the beginning or the end is zero. `text` is JavaScript's.
 */
export function numericParts(text: string): readonly number[] {
  const infinite = INFINITE.get(text);
  if (infinite !== undefined) return infinite;
  const { negative, whole, decimals } = plainDecimal(text);
  const left = whole.padStart(Math.ceil(whole.length / DIGITS_IN_GROUP) * DIGITS_IN_GROUP, '0');
  const right = decimals.padEnd(Math.ceil(decimals.length / DIGITS_IN_GROUP) * DIGITS_IN_GROUP, '0');
  const groups = (left + right).match(/\d{4}/g)?.map(Number) ?? [];
  let weight = left.length / DIGITS_IN_GROUP - 1;
  while (groups[0] === 0) {
    groups.shift();
    weight -= 1;
  }
  while (groups.at(-1) === 0) groups.pop();
  if (groups.length === 0) return [0, 0, 0, 0];
  return [groups.length, weight, negative ? NEGATIVE : 0, decimals.length, ...groups];
}

/** The digits before and after the point, without exponent and without zeros that say nothing: -1.50e+3 is -1500. */
function plainDecimal(text: string): { negative: boolean; whole: string; decimals: string } {
  const [, sign, before = '', after = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(text) ?? [];
  if (before === '') throw new RangeError(`${text} is not how a number is written`);
  const point = before.length + Number(exponent);
  const digits = before + after;
  const padded = digits.padStart(digits.length + Math.max(0, -point), '0').padEnd(Math.max(point, 0), '0');
  const split = Math.max(point, 0);
  return {
    negative: sign === '-',
    whole: padded.slice(0, split).replace(/^0+/, ''),
    decimals: padded.slice(split).replace(/0+$/, ''),
  };
}
