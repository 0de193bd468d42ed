// The people of a side chain's period with what they have of it, each record proven, all after one block; and what follows
// for all of them together. Of a period are those who have anything of it: quota, readings, something owed, a settlement.
// Who was registered after it, or for another one, is not.
import { type Header, tables, toHex, type VintageTotals } from 'pcq-client';

import { say } from '../text/say.js';
import { type Chain } from './chain.js';
import { obligationsDue } from './obligations.js';
import { read, want } from './proven.js';
import { heldOf, standing } from './standing.js';

export interface Person {
  number: number;
  id: string; // of the account, in hexadecimal
  account: Uint8Array;
  issued: bigint;
  sold: bigint;
  bought: bigint;
  emitted: bigint;
  held: bigint;
  escrow: bigint;
  surrendered: bigint;
  expired: bigint;
  /** Of the months that are over, as the contracts reckon: one of the two is 0, and what was bought is in neither. */
  surplus: bigint;
  excess: bigint;
  /** Against the quota of the months that are over: as if nobody had traded, and as it is. */
  lackingBefore: bigint;
  lackingAfter: bigint;
  months: number; // of those that are over, for which there is a reading
  settled: boolean;
  penalty: bigint;
  penalised: bigint;
}

export interface People {
  header: Header;
  year: number;
  monthsAdvanced: number;
  of: Person[];
  /** How many are registered on the chain, and how many of them were looked at. */
  registered: number;
  looked: number;
  totals: VintageTotals | undefined;
}

export const peopleMax = 50_000;
const atOnce = 64; // people: four records each fill one question

export async function loadPeople(
  chain: Chain,
  year: number,
  progress: (done: number, of: number) => void,
  signal: AbortSignal,
): Promise<People> {
  const first = await read(chain, [
    want(tables.registry),
    want(tables.periods, year),
    want(tables.vintageTotals, year),
  ]);
  const { header } = first;
  const [registry, period, record] = first.values;
  if (period === null)
    throw new Error(say(`The chain has no period ${year}.`, `该链没有 ${year} 年履约期。`));
  const users = Number(registry?.users ?? 0n);
  const wanted = Math.min(users, peopleMax);
  const people: Person[] = [];
  let looked = 0;
  for (let number = 1; number <= wanted && !signal.aborted; number += 256) {
    const numbers = Array.from({ length: Math.min(256, wanted - number + 1) }, (_, i) => number + i);
    const { values } = await read(
      chain,
      numbers.map((n) => want(tables.accountByNumber, BigInt(n))),
      header.height,
    );
    const accounts = values.flatMap((ref, i) =>
      ref === null ? [] : [{ number: numbers[i]!, account: ref.account }],
    );
    for (let at = 0; at < accounts.length && !signal.aborted; at += atOnce) {
      const some = accounts.slice(at, at + atOnce);
      people.push(...(await loadSome(chain, year, period, some, header)));
      progress((looked += some.length), wanted);
    }
  }
  signal.throwIfAborted();
  // Headers name a vintage no more that has long been settled; the contracts' record of it stays.
  const totals =
    header.fields.totals?.vintages.find(({ vintage }) => vintage === year) ?? record ?? undefined;
  const { monthsAdvanced } = period;
  return { header, year, monthsAdvanced, of: people, registered: users, looked, totals };
}

type Period = Parameters<typeof standing>[0]['period'];

async function loadSome(
  chain: Chain,
  year: number,
  period: Period,
  accounts: { number: number; account: Uint8Array }[],
  { height, fields: { timeMs } }: Header,
): Promise<Person[]> {
  const each = <T>(make: (account: Uint8Array) => T) => accounts.map(({ account }) => make(account));
  const [holdings, emissions, settlements, orders, obligations] = await Promise.all([
    read(
      chain,
      each((account) => want(tables.holdings, account, year)),
      height,
    ),
    read(
      chain,
      each((account) => want(tables.emissions, account, year)),
      height,
    ),
    read(
      chain,
      each((account) => want(tables.settlements, account, year)),
      height,
    ),
    read(
      chain,
      each((account) => want(tables.orderLists, account, year)),
      height,
    ),
    obligationsDue(
      chain,
      each((account) => account),
      year,
      height,
    ),
  ]);
  return accounts.flatMap(({ number, account }, i): Person[] => {
    const holding = holdings.values[i] ?? null;
    const readings = emissions.values[i] ?? null;
    const settlement = settlements.values[i] ?? null;
    const obligationG = settlement?.obligationG ?? obligations[i] ?? 0n;
    if (holding === null && readings === null && settlement === null && obligationG === 0n) return [];
    const s = standing({
      period,
      holding,
      emissions: readings,
      obligationG,
      orders: orders.values[i] ?? null,
      timeMs,
    });
    const person: Person = {
      number,
      id: toHex(account),
      account,
      issued: holding?.issuedG ?? 0n,
      sold: holding?.soldG ?? 0n,
      bought: holding?.purchasedG ?? 0n,
      emitted: s.emitted,
      held: holding === null ? 0n : heldOf(holding),
      escrow: holding?.escrowG ?? 0n,
      surrendered: holding?.surrenderedG ?? 0n,
      expired: holding?.expiredG ?? 0n,
      surplus: s.surplus,
      excess: s.excess,
      lackingBefore: above(s.emitted + obligationG - s.accrued),
      lackingAfter: above(s.excess - (holding?.purchasedG ?? 0n)),
      months: new Set(
        readings?.months.map(({ month }) => month).filter((month) => month <= period.monthsAdvanced),
      ).size,
      settled: settlement !== null,
      penalty: (settlement?.penaltyPaidUy ?? 0n) + (settlement?.penaltyOwedUy ?? 0n),
      penalised: settlement?.penalisedG ?? 0n,
    };
    return [person];
  });
}

export interface Sum {
  name: 'held' | 'escrow' | 'surrendered';
  people: bigint;
  certified: bigint;
}

/** What the people have, summed, beside what the header certifies. Nothing unless everybody was looked at. */
export function sumsOf(people: People): Sum[] | undefined {
  const { totals } = people;
  if (totals === undefined || people.looked < people.registered) return undefined;
  const sum = (get: (person: Person) => bigint) => people.of.reduce((all, person) => all + get(person), 0n);
  return [
    { name: 'held', people: sum(({ held }) => held), certified: totals.heldG },
    { name: 'escrow', people: sum(({ escrow }) => escrow), certified: totals.escrowG },
    { name: 'surrendered', people: sum(({ surrendered }) => surrendered), certified: totals.surrenderedG },
  ];
}

/** Shares of people, the least first, against shares of what they have. */
export function lorenz(values: bigint[]): { points: [number, number][]; gini: number } {
  const sorted = [...values].map(Number).sort((a, b) => a - b);
  const total = sorted.reduce((sum, value) => sum + value, 0);
  if (sorted.length === 0 || total <= 0)
    return {
      points: [
        [0, 0],
        [1, 1],
      ],
      gini: 0,
    };
  const every = Math.max(1, Math.floor(sorted.length / 200));
  const points: [number, number][] = [[0, 0]];
  let sum = 0;
  let area = 0;
  for (const [i, value] of sorted.entries()) {
    area += (2 * sum + value) / (2 * total * sorted.length);
    sum += value;
    if ((i + 1) % every === 0 || i === sorted.length - 1) points.push([(i + 1) / sorted.length, sum / total]);
  }
  return { points, gini: 1 - 2 * area };
}

export interface Decile {
  people: number;
  emitted: bigint;
  issued: bigint;
  sold: bigint;
  bought: bigint;
  lackingBefore: bigint;
  lackingAfter: bigint;
}

/** People by what they emit, the least first, in ten parts; sums over each. */
export function deciles(people: Person[]): Decile[] {
  const sorted = [...people].sort((a, b) => Number(a.emitted - b.emitted));
  return Array.from({ length: 10 }, (_, d) => {
    const part = sorted.slice(
      Math.floor((d * sorted.length) / 10),
      Math.floor(((d + 1) * sorted.length) / 10),
    );
    const sum = (get: (person: Person) => bigint) => part.reduce((all, person) => all + get(person), 0n);
    return {
      people: part.length,
      emitted: sum(({ emitted }) => emitted),
      issued: sum(({ issued }) => issued),
      sold: sum(({ sold }) => sold),
      bought: sum(({ bought }) => bought),
      lackingBefore: sum((p) => p.lackingBefore),
      lackingAfter: sum((p) => p.lackingAfter),
    };
  });
}

function above(value: bigint): bigint {
  return value > 0n ? value : 0n;
}
