// What the platform has of a period's quota, month by month.

/** What the platform had at the end of each month: what it bought less what it sold. Nothing where the first months are not there. */
export function stocksOf(
  epochs: readonly { number: number; record: { soldG: bigint; boughtG: bigint } }[],
): (bigint | undefined)[] {
  if (epochs[0]?.number !== 1) return epochs.map(() => undefined);
  let stock = 0n;
  return epochs.map(({ record }) => (stock += record.soldG - record.boughtG));
}
