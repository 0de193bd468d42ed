// What is proven of a transaction whose receipt nobody has shown: that it can still become final, that it never will,
// or that it is in a block. A node's "expired", "rejected" or "sequence used" is no proof: whoever believes it and signs
// anew may act twice.
//
// The account's proven record says whether the sequence is gone. Once gone it stays so; the block where that happened
// is found by halving the heights, and its proven hashes say whether it was this transaction that used it.
import { type Bytes, equal } from './bytes.js';
import { decode } from './canonical.js';
import { PcqError } from './error.js';
import { type AccountRecord, AccountRecordSchema } from './gen/proto/pcq/v1/state_pb.js';
import { tables } from './tables.js';
import { type VerifiedReader } from './verified_reader.js';
import { sequenceWindow, type Signed } from './wallet.js';

export type Outlook =
  | { status: 'open' }
  | { status: 'in_block'; height: bigint }
  /** transaction_expired or transaction_sequence_used. */
  | { status: 'never'; why: PcqError };

const expiryHeightsMax = 10_000n; // src/ledger/transaction.h

/** Throws what reading throws; height_pruned: the node does not keep the states that it takes to tell. */
export async function outlookOf(reader: VerifiedReader, account: Bytes, signed: Signed): Promise<Outlook> {
  const { sequence, validUntilHeight, hash } = signed;
  const isGoneAt = async (height?: bigint) => {
    const { header, values } = await reader.read([tables.accounts.key(account)], height);
    return { isGone: isGone(recordIn(values[0]!), sequence), top: header.height };
  };
  const { isGone: isGoneNow, top } = await isGoneAt();
  if (!isGoneNow && top < validUntilHeight) return { status: 'open' };
  if (!isGoneNow) return expired(signed, top);

  // Of the blocks that it may be in, above `below` and up to `gone`.
  let below = signed.signedAfter ?? validUntilHeight - expiryHeightsMax - 1n;
  if (below < 0n) below = 0n;
  let gone = top < validUntilHeight ? top : validUntilHeight;
  if (gone <= below || (gone < top && !(await isGoneAt(gone)).isGone)) return usedByAnother(signed);
  while (gone > below + 1n) {
    const middle = (below + gone) / 2n;
    if ((await isGoneAt(middle)).isGone) gone = middle;
    else below = middle;
  }
  const { transactions } = await reader.block(gone);
  if (transactions.some((other) => equal(other, hash))) return { status: 'in_block', height: gone };
  return usedByAnother(signed);
}

function recordIn(value: Bytes | null): AccountRecord | undefined {
  if (value === null) return undefined;
  const record = decode(AccountRecordSchema, value);
  if (record === undefined) throw new PcqError('bad_encoding', 'the proven record is no account');
  return record;
}

// Used, or so far below the highest that the chain takes it no more (src/ledger/account.cc).
function isGone(record: AccountRecord | undefined, sequence: bigint): boolean {
  if (record === undefined || sequence > record.sequenceTop) return false;
  const below = record.sequenceTop - sequence;
  if (below >= sequenceWindow) return true;
  return (((record.sequenceUsed[Number(below >> 3n)] ?? 0) >> Number(below & 7n)) & 1) === 1;
}

function expired({ validUntilHeight }: Signed, top: bigint): Outlook {
  const why = `block ${validUntilHeight} was the last that could hold the transaction; after block ${top} its sequence is unused`;
  return { status: 'never', why: new PcqError('transaction_expired', why) };
}
function usedByAnother({ sequence }: Signed): Outlook {
  const why = `another transaction of the account has used sequence ${sequence}; this one is in no block and never will be`;
  return { status: 'never', why: new PcqError('transaction_sequence_used', why) };
}
