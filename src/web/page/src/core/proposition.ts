// Proposition 1 (7), corrected, with the bound on the change of P_ph: the price worked out again from the inputs in the
// epoch's record, in the integers and roundings of src/economics/market.cc.
import { type EpochRecord } from 'pcq-client';

const one = 1_000_000_000n;

export interface Outcome {
  status: number;
  demand: bigint;
  supply: bigint;
  buyPrice: bigint;
  sellPrice: bigint;
  clearedBuyPrice: bigint;
  bounded: boolean;
}

const cleared = 1;
const shortSupply = 2;
const shortCap = 3;
const noDemand = 4;

interface Pair {
  status: number;
  buy: bigint;
  sell: bigint;
}

/** Nothing where these inputs give no price. */
export function solve(r: EpochRecord): Outcome | undefined {
  const unitCost = r.opCostUyPerKg + r.chainCostUyPerKg;
  const ceiling = r.marketPriceUyPerKg;
  if (r.surplusG <= 0n || r.effortCostUyPerKg <= 0n || (ceiling > 0n && ceiling < unitCost)) return undefined;
  const demand = (r.excessG * r.offsetRatioPpb) / one;
  const pair = clearing(r, demand);
  const first = at(r, demand, pair);
  const outcome = { demand, clearedBuyPrice: first.buy, bounded: false };
  const result = (now: Pair & { supply: bigint }, bounded: boolean): Outcome => ({
    ...outcome,
    status: first.status,
    supply: now.supply,
    buyPrice: now.buy,
    sellPrice: now.sell,
    bounded,
  });
  const before = r.previousBuyPriceUyPerKg;
  if (before === 0n || r.priceChangePpb === 0n || first.status === noDemand) return result(first, false);
  const lowest = least(ceilDiv(before * (one - r.priceChangePpb), one), before - 1n);
  const highest = greatest((before * (one + r.priceChangePpb)) / one, before + 1n);
  const price = least(greatest(lowest, least(first.buy, highest)), r.effortCostUyPerKg);
  if (price === first.buy) return result(first, false);
  const moved = at(
    r,
    demand,
    underCeiling(r, { status: first.status, buy: price, sell: 2n * price + unitCost }),
  );
  return result(moved, moved.buy !== first.buy);
}

/** Whether the record's outcome is what its inputs give. */
export function agrees(r: EpochRecord): boolean {
  const solved = solve(r);
  if (solved === undefined) return r.buyPriceUyPerKg === 0n && r.sellPriceUyPerKg === 0n;
  return (
    solved.status === r.status &&
    solved.demand === r.demandG &&
    solved.supply === r.supplyG &&
    solved.buyPrice === r.buyPriceUyPerKg &&
    solved.sellPrice === r.sellPriceUyPerKg &&
    solved.clearedBuyPrice === r.clearedBuyPriceUyPerKg &&
    solved.bounded === r.bounded
  );
}

function clearing(r: EpochRecord, demand: bigint): Pair {
  const buy = least(ceilDiv(r.effortCostUyPerKg * demand, r.surplusG), r.effortCostUyPerKg);
  const status = demand > r.surplusG ? shortSupply : demand === 0n ? noDemand : cleared;
  return underCeiling(r, { status, buy, sell: 2n * buy + r.opCostUyPerKg + r.chainCostUyPerKg });
}

function underCeiling(r: EpochRecord, pair: Pair): Pair {
  const ceiling = r.marketPriceUyPerKg;
  if (ceiling === 0n || pair.sell <= ceiling) return pair;
  return { status: shortCap, buy: (ceiling - r.opCostUyPerKg - r.chainCostUyPerKg) / 2n, sell: ceiling };
}

function at(r: EpochRecord, demand: bigint, pair: Pair): Pair & { supply: bigint } {
  const supply = pair.buy >= r.effortCostUyPerKg ? r.surplusG : (r.surplusG * pair.buy) / r.effortCostUyPerKg;
  const served = least(supply, demand) === demand;
  return { ...pair, status: pair.status === shortCap && served ? cleared : pair.status, supply };
}

function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
function greatest(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
