// Which of many numbered things are shown.

/** The last `most` of the numbers from 1 to `last`, ascending: what is left out is old. */
export function newest(last: number, most: number): number[] {
  const count = Math.min(last, most);
  return Array.from({ length: count }, (_, i) => last - count + 1 + i);
}
