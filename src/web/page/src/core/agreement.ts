// What to make of the main chain's knowledge of a side chain beside what that chain itself certifies: the rules that
// `pcq audit verify` has (src/audit/agreement.cc), so that the two never contradict each other.
import {
  encode,
  type IssuanceRecord,
  IssuanceRecordSchema,
  type PeriodReport,
  PeriodReportSchema,
  type ReserveRecord,
  type Table,
  type VintageTotals,
} from 'pcq-client';

import { same } from './same.js';

/** What the main chain has issued to a side chain in a period (contracts/tables.h, kIssuance). */
export const issuances: Table<[chain: Uint8Array, year: number], typeof IssuanceRecordSchema> = {
  schema: IssuanceRecordSchema,
  key: (chain, year) => {
    const key = new Uint8Array(1 + chain.length + 4);
    key[0] = 36;
    key.set(chain, 1);
    new DataView(key.buffer).setUint32(1 + chain.length, year);
    return key;
  },
};

export interface Anchored {
  height: bigint;
  /** Whether they are the same. */
  hash: boolean;
  state: boolean;
  totals: boolean;
  /** Nothing was compared: why the node does not show the block. */
  unseen?: string;
}

/** `underway`: the side chain has one, or a later revision, that the main chain has not been brought yet. */
export type Reports = 'none' | 'underway' | 'same' | 'differ';

/**
 * A correction after the settlement makes the next revision in its own block of the side chain; the main chain has the one
 * before until the message is brought. `isSettled`: the period is on the side chain, whose report is a running sum before.
 */
export function reportsAgree(
  there: PeriodReport | null,
  own: PeriodReport | null,
  isSettled: boolean,
): Reports {
  if (there === null) return own !== null && isSettled ? 'underway' : 'none';
  if (own === null || own.revision < there.revision) return 'differ';
  if (own.revision > there.revision) return 'underway';
  return same(encode(PeriodReportSchema, there), encode(PeriodReportSchema, own)) ? 'same' : 'differ';
}

export interface Issued {
  /** By the main chain, in grams: batches, and the reserve that conversions of credits take from. */
  grams: bigint;
  batches: number;
  reserveG: bigint;
  /** On the side chain: claimed from batches, and converted. */
  creditedG: bigint;
  convertedG: bigint;
  /** Of the batches, what nobody has been credited with yet. */
  waitingG: bigint;
  holds: boolean;
}

export function issuedOf(
  issuance: Pick<IssuanceRecord, 'batches' | 'issuedG' | 'reserveG'> | null,
  vintage: Pick<VintageTotals, 'issuedG'> | null,
  reserve: Pick<ReserveRecord, 'convertedG'> | null,
): Issued {
  const grams = issuance?.issuedG ?? 0n;
  const reserveG = issuance?.reserveG ?? 0n;
  const creditedG = vintage?.issuedG ?? 0n;
  const convertedG = reserve?.convertedG ?? 0n;
  return {
    grams,
    batches: issuance?.batches ?? 0,
    reserveG,
    creditedG,
    convertedG,
    waitingG: grams - reserveG - (creditedG - convertedG),
    holds: creditedG <= grams,
  };
}

/** Whether nothing that could be checked is wrong; `undefined`: not all of it could be checked. */
export function verdictOf({
  anchored,
  reports,
  issued,
}: {
  anchored: Anchored | null;
  reports: Reports;
  issued: Issued;
}): boolean | undefined {
  const isSeen = anchored !== null && anchored.unseen === undefined;
  const anchorDiffers = isSeen && !isSame(anchored);
  if (anchorDiffers || reports === 'differ' || !issued.holds) return false;
  return isSeen && reports !== 'underway' ? true : undefined;
}

export function isSame({ hash, state, totals }: Anchored): boolean {
  return hash && state && totals;
}
