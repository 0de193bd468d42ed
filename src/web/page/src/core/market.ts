// All that a period's market is, by proof: its record, the epochs with their inputs, fees, books and orders.
import { FeeRecordSchema, fromNodeJson, type Json, tables } from 'pcq-client';

import { type Chain } from './chain.js';
import { newest } from './newest.js';
import { read, want } from './proven.js';
import { capped, type Fees, feesBefore } from './standing.js';

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

/** What joining the period goes by. Said: as long as nobody has joined, only a node works out what the model gives. */
export async function loadFees(
  chain: Chain,
  { header, period, fees, rules }: Market,
): Promise<{ fees: Fees; proof: 'proven' | 'said' }> {
  const known = fees ?? feesBefore(period.policy, rules?.parameters?.registrationFeeUy ?? 0n);
  if (known !== undefined) return { fees: known, proof: 'proven' };
  const answer = await chain.said('fees', { period: period.period, height: String(header.height) });
  const { value } = answer as { value: { inputs_and_outcome: Json } };
  const said = fromNodeJson(FeeRecordSchema, value.inputs_and_outcome);
  return { fees: capped(said, period.policy), proof: 'said' };
}
