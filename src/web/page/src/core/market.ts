// All that a period's market is, by proof: its record, the epochs with their inputs, fees, books and orders.
import { tables } from 'pcq-client';

import { type Chain } from './chain.js';
import { newest } from './newest.js';
import { read, want } from './proven.js';

export async function periodsOf(chain: Chain): Promise<number[]> {
  const { values } = await read(chain, [want(tables.periodList)]);
  return values[0]?.periods ?? [];
}

const epochsMax = 64; // months end at most 12 times; a later version may price more often

export async function loadMarket(chain: Chain, year: number) {
  const first = await read(chain, [want(tables.periods, year)]);
  const period = first.values[0];
  if (period === null) return null;
  const { height } = first.header;
  const numbers = newest(period.epoch, epochsMax);
  const [facts, epochs] = await Promise.all([
    read(
      chain,
      [
        want(tables.fees, year),
        want(tables.books, year),
        want(tables.orderBooks, year),
        want(tables.chain),
        want(tables.costs),
        want(tables.pauseCount),
      ],
      height,
    ),
    numbers.length === 0
      ? { values: [] }
      : read(
          chain,
          numbers.map((number) => want(tables.epochs, year, number)),
          height,
        ),
  ]);
  const [fees, book, orderBook, rules, costs, pauses] = facts.values;
  const pauseNumber = pauses?.value ?? 0n;
  const pause =
    pauseNumber === 0n ? null : (await read(chain, [want(tables.pauses, pauseNumber)], height)).values[0];
  const now = facts.header.fields.timeMs;
  return {
    header: facts.header,
    period,
    epochs: numbers.flatMap((number, i) => {
      const record = epochs.values[i];
      return record === null || record === undefined ? [] : [{ number, record }];
    }),
    fees,
    book,
    levels: orderBook?.levels ?? [],
    rules,
    costs,
    paused: pause !== null && pause.resumedMs === 0n && pause.untilMs > now ? pause : null,
  };
}
export type Market = NonNullable<Awaited<ReturnType<typeof loadMarket>>>;
