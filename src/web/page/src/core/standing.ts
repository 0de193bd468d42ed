// What a person may sell and buy now, worked out from proven records as the contracts do it (contracts/quota,
// contracts/pricing, contracts/market), and what that brings or costs.
import {
  Accrual,
  type EmissionRecord,
  type EpochRecord,
  type FeeRecord,
  FeeSource,
  type HoldingRecord,
  type MemberRecord,
  type OrderList,
  PeriodPhase,
  type PeriodRecord,
  type Policy,
} from 'pcq-client';

const one = 1_000_000_000n;
const gramsPerKg = 1_000n;

export interface Position {
  period: PeriodRecord;
  holding: HoldingRecord | null;
  emissions: EmissionRecord | null;
  /** Owed beside what is emitted: borrowed, or clawed back and not there. */
  obligationG: bigint;
  orders: OrderList | null;
  /** Of the block that left this state. */
  timeMs: bigint;
}

export interface Standing {
  issued: bigint;
  held: bigint;
  accrued: bigint;
  emitted: bigint;
  /** Of the months that are over; one of the two is 0. */
  surplus: bigint;
  excess: bigint;
  /** Beside what is on offer; nothing once the period is closed, and nothing to sell after its deadline. */
  maySell: bigint;
  mayBuy: bigint;
}

export function heldOf(h: HoldingRecord): bigint {
  return h.issuedG + h.purchasedG - h.soldG - h.surrenderedG - h.expiredG - h.passedOnG - h.escrowG;
}

export function standing(of: Position): Standing {
  const { period, holding: h, emissions, obligationG, orders, timeMs } = of;
  const emitted = emissions?.emittedG ?? 0n;
  const accrued = h === null ? 0n : accruedOf(h, period);
  const margin = accrued - (h?.soldG ?? 0n) - (h?.clawedBackG ?? 0n) - emitted - obligationG;
  const surplus = most(margin, 0n);
  const excess = most(-margin, 0n);
  const offset = (excess * (period.policy?.offsetRatioPpb ?? 0n)) / one;
  return {
    issued: h?.issuedG ?? 0n,
    held: h === null ? 0n : heldOf(h),
    accrued,
    emitted,
    surplus,
    excess,
    maySell: isBeforeDeadline(period, timeMs) ? most(surplus - (orders?.sellingG ?? 0n), 0n) : 0n,
    mayBuy: isRunning(period) ? most(offset - (h?.purchasedG ?? 0n) - (orders?.buyingG ?? 0n), 0n) : 0n,
  };
}

/** Not closed yet. */
export function isRunning({ phase }: PeriodRecord): boolean {
  return phase === PeriodPhase.OPEN || phase === PeriodPhase.TRUE_UP;
}
/** Whether people still sell, and place orders; after it they only buy what they lack. */
export function isBeforeDeadline(period: PeriodRecord, timeMs: bigint): boolean {
  return isRunning(period) && ((period.policy?.graceMs ?? 0n) === 0n || timeMs < period.earliestCloseMs);
}

export function accruedOf(h: HoldingRecord, period: PeriodRecord): bigint {
  if (period.policy?.accrual === Accrual.AT_ONCE) return h.issuedG;
  const claimed = h.issuedG - h.convertedG;
  return (claimed * BigInt(period.monthsAdvanced)) / BigInt(period.months || 1) + h.convertedG;
}

/** What is owed beside emissions falls due with the first period that is not settled (contracts/settlement). */
export function dueWith(
  year: number,
  years: readonly number[],
  isSettled: (year: number) => boolean,
): boolean {
  const before = years.filter((one) => one < year).at(-1);
  return !isSettled(year) && (before === undefined || isSettled(before));
}

/** Whether people trade in it. */
export function isOpen(period: PeriodRecord): boolean {
  return period.priced && isRunning(period);
}

/** What the platform pays for as much, and asks for it: a person gets rounded down and pays rounded up. */
export function proceeds(grams: bigint, epoch: EpochRecord): bigint {
  return (grams * epoch.buyPriceUyPerKg) / gramsPerKg;
}
export function cost(grams: bigint, epoch: EpochRecord): bigint {
  return (grams * epoch.sellPriceUyPerKg + gramsPerKg - 1n) / gramsPerKg;
}

const partsMax = 64n; // of an order: each may round by a micro-yuan (contracts/market/orders.h)

/** What an order to buy sets aside. */
export function setAside(grams: bigint, limitUyPerKg: bigint, feeUy: bigint): bigint {
  return (grams * limitUyPerKg + gramsPerKg - 1n) / gramsPerKg + feeUy + partsMax;
}

export type Fees = Pick<FeeRecord, 'source' | 'chargeDUy' | 'chargeSUy'>;
type Caps = Pick<Policy, 'feeCapDUy' | 'feeCapSUy'>;

/**
 * By what a period is joined that nobody has joined yet (contracts/pricing/fees.cc): the chain's fee, under the policy's
 * caps. Nothing where the policy has a model, whose outcome is worked out and fixed within the first joining.
 */
export function feesBefore(
  policy: (Caps & Pick<Policy, 'feeModel'>) | undefined,
  flatUy: bigint,
): Fees | undefined {
  if (policy?.feeModel !== undefined) return undefined;
  return capped({ source: FeeSource.FLAT, chargeDUy: flatUy, chargeSUy: flatUy }, policy);
}

/** Charges of whatever source are under the caps. */
export function capped({ source, chargeDUy, chargeSUy }: Fees, policy: Caps | undefined): Fees {
  const { feeCapDUy = chargeDUy, feeCapSUy = chargeSUy } = policy ?? {};
  return { source, chargeDUy: least(chargeDUy, feeCapDUy), chargeSUy: least(chargeSUy, feeCapSUy) };
}

/** What joining a side costs now, negative: is paid. */
export function joiningFee(fees: Fees, member: MemberRecord | null, side: 'buy' | 'sell'): bigint {
  if (side === 'buy' ? member?.buys === true : member?.sells === true) return 0n;
  const { source, chargeDUy, chargeSUy } = fees;
  if (source !== FeeSource.FLAT) return side === 'buy' ? chargeDUy : chargeSUy;
  const joined = member?.buys === true || member?.sells === true;
  return joined ? 0n : least(chargeDUy, chargeSUy);
}

/**
 * Emissions of the whole period if all its months are as those that are over and read: a month that is not over has but a
 * part of its readings. Not less than what is read already. An estimate; nothing: no such month yet.
 */
export function forecast(
  emissions: { months: readonly { month: number; grams: bigint }[] } | null,
  { months, monthsAdvanced }: { months: number; monthsAdvanced: number },
): bigint | undefined {
  const readings = emissions?.months ?? [];
  const over = readings.filter(({ month }) => month <= monthsAdvanced);
  const count = new Set(over.map(({ month }) => month)).size;
  if (count === 0) return undefined;
  const sum = (some: readonly { grams: bigint }[]) => some.reduce((all, { grams }) => all + grams, 0n);
  return most((sum(over) * BigInt(months)) / BigInt(count), sum(readings));
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
