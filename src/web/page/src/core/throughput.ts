// How fast a chain is, from its newest headers.

interface Counted {
  fields: { timeMs: bigint; transactionCount: number };
}

/** Transactions a second over the minute that ends with the newest block, or over what the headers show of it. */
export function throughput(headers: readonly Counted[]): number {
  const newest = headers[0];
  if (newest === undefined) return 0;
  const age = ({ fields }: Counted) => Number(newest.fields.timeMs - fields.timeMs) / 1000;
  const recent = headers.filter((header) => age(header) < 60);
  // Where the headers at hand do not reach back so far, what came after the oldest of them.
  const isWhole = recent.length < headers.length;
  const counted = isWhole ? recent : recent.slice(0, -1);
  const span = isWhole ? 60 : age(recent.at(-1)!);
  const transactions = counted.reduce((sum, { fields }) => sum + fields.transactionCount, 0);
  return span > 0 ? transactions / span : 0;
}
