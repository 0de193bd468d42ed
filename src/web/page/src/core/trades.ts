// Who traded with whom, from the events of verified blocks.
import { type Event, type Header, MarketSide, toHex } from 'pcq-client';

import { type WholeBlock } from './blocks.js';
import { type Chain } from './chain.js';
import { walk } from './walk.js';

export type Way = 'platform' | 'auction' | 'gift';

export interface Trade {
  height: bigint;
  timeMs: bigint;
  period: number;
  way: Way;
  seller: string; // account ids in hexadecimal; empty: the auction's other side
  buyer: string;
  grams: bigint;
  priceUyPerKg: bigint;
  amountUy: bigint;
  feeUy: bigint;
}

function tradeOf(event: Event, header: Header): Trade | undefined {
  const at = { height: header.height, timeMs: header.fields.timeMs };
  const { case: name, value: v } = event.event;
  if (name === 'traded')
    return {
      ...at,
      period: v.period,
      way: 'platform',
      seller: toHex(v.seller),
      buyer: toHex(v.buyer),
      grams: v.grams,
      priceUyPerKg: v.priceUyPerKg,
      amountUy: v.amountUy,
      feeUy: v.feeUy,
    };
  if (name === 'orderFilled') {
    const buys = v.side === MarketSide.DEMAND;
    const who = toHex(v.account);
    return {
      ...at,
      period: v.period,
      way: 'auction',
      seller: buys ? '' : who,
      buyer: buys ? who : '',
      grams: v.grams,
      priceUyPerKg: v.priceUyPerKg,
      amountUy: v.amountUy,
      feeUy: v.feeUy,
    };
  }
  if (name === 'transferred')
    return {
      ...at,
      period: v.period,
      way: 'gift',
      seller: toHex(v.from),
      buyer: toHex(v.to),
      grams: v.grams,
      priceUyPerKg: 0n,
      amountUy: 0n,
      feeUy: 0n,
    };
  return undefined;
}

/** Those of the period, from the newest block down. `found` hears of each block. */
export async function collectTrades(
  chain: Chain,
  year: number,
  top: Header,
  found: (trades: Trade[], at: bigint, skipped: number) => void,
  signal: AbortSignal,
): Promise<void> {
  let skipped = 0;
  const visit = (header: Header, block: WholeBlock | undefined) => {
    if (block === undefined) ++skipped;
    const events = [
      ...(block?.transactions ?? []).flatMap(({ receipt }) => receipt.events),
      ...(block?.own?.events ?? []),
    ];
    const trades = events.flatMap((event) => {
      const trade = tradeOf(event, header);
      return trade !== undefined && trade.period === year ? [trade] : [];
    });
    found(trades, header.height, skipped);
  };
  await walk(chain, top, visit, signal);
}

export interface Flow {
  id: string; // of the account; empty: all others together
  byWay: { [way in Way]: bigint };
  grams: bigint;
}

/** The largest of one side, and all others together at the end. The platform itself is left out. */
export function largest(trades: Trade[], side: 'seller' | 'buyer', platform: string, most: number): Flow[] {
  const flows = new Map<string, Flow>();
  for (const trade of trades) {
    const id = trade[side];
    if (id === '' || id === platform) continue;
    const flow = flows.get(id) ?? { id, byWay: { platform: 0n, auction: 0n, gift: 0n }, grams: 0n };
    flow.byWay[trade.way] += trade.grams;
    flow.grams += trade.grams;
    flows.set(id, flow);
  }
  const sorted = [...flows.values()].sort((a, b) => (a.grams < b.grams ? 1 : a.grams > b.grams ? -1 : 0));
  const rest = sorted.slice(most);
  if (rest.length === 0) return sorted;
  const others: Flow = { id: '', byWay: { platform: 0n, auction: 0n, gift: 0n }, grams: 0n };
  for (const flow of rest) {
    others.grams += flow.grams;
    for (const way of ['platform', 'auction', 'gift'] as const) others.byWay[way] += flow.byWay[way];
  }
  return [...sorted.slice(0, most), others];
}
