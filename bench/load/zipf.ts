/**
 * Ranks from 1 to `amount` as people ask for things: the second most popular half as often as the first, the n-th an
 * n-th as often (Zipf, exponent 1).
 */
export function zipf(amount: number, random: () => number): () => number {
  const sums = new Float64Array(amount);
  let sum = 0;
  for (let rank = 1; rank <= amount; rank += 1) {
    sum += 1 / rank;
    sums[rank - 1] = sum;
  }
  return () => {
    const wanted = random() * sum;
    let [low, high] = [0, amount - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}
