// What people owe beside their emissions: borrowed in an earlier period, or clawed back and not there.
import { PeriodPhase, tables } from 'pcq-client';

import { type Chain } from './chain.js';
import { read, want } from './proven.js';
import { dueWith } from './standing.js';

/** How much of it each account owes with this period, after the block of this height. */
export async function obligationsDue(
  chain: Chain,
  accounts: Uint8Array[],
  year: number,
  height: bigint,
): Promise<bigint[]> {
  const all = await read(
    chain,
    accounts.map((account) => want(tables.obligations, account)),
    height,
  );
  const owed = accounts.map((_, i) => all.values[i]?.grams ?? 0n);
  if (owed.every((grams) => grams === 0n)) return owed;
  const { values } = await read(chain, [want(tables.periodList)], height);
  const years = (values[0]?.periods ?? []).filter((one) => one <= year).slice(-2); // the one before, and it
  const settled = await Promise.all(years.map((one) => settledIn(chain, accounts, one, height)));
  return owed.map((grams, i) =>
    dueWith(year, years, (one) => settled[years.indexOf(one)]?.[i] === true) ? grams : 0n,
  );
}

async function settledIn(
  chain: Chain,
  accounts: Uint8Array[],
  year: number,
  height: bigint,
): Promise<boolean[]> {
  const [period, settlements] = await Promise.all([
    read(chain, [want(tables.periods, year)], height),
    read(
      chain,
      accounts.map((account) => want(tables.settlements, account, year)),
      height,
    ),
  ]);
  const isOver = period.values[0]?.phase === PeriodPhase.SETTLED;
  return accounts.map((_, i) => isOver || settlements.values[i] != null);
}
