// A wallet: the keys of one account on one chain, and the transactions they sign (src/client/wallet.h).
//
// Sequences. The chain takes any sequence that is unused and within 256 of the highest used one, in any order. A
// wallet therefore has at most 256 transactions on their way and never waits for a particular one. It counts
// upwards from what the chain last showed; two wallets for one account collide (transaction_sequence_used) and
// must learn() again.
import { create } from '@bufbuild/protobuf';

import { toAddress } from './address.js';
import { type Bytes } from './bytes.js';
import { PcqError } from './error.js';
import { TransactionBodySchema } from './gen/proto/pcq/v1/transaction_pb.js';
import { type SigningKey } from './signing_key.js';
import { type Action, signTransaction, transactionHash } from './transaction.js';

export const sequenceWindow = 256n;

export interface Signed {
  bytes: Bytes;
  hash: Bytes;
  sequence: bigint;
  validUntilHeight: bigint;
  /** A height of the chain before it was signed, if one was known: no block up to it can hold it. */
  signedAfter?: bigint;
}

export class Wallet {
  readonly account: Bytes;
  private readonly keys: SigningKey[];
  private knownTop = 0n; // the highest sequence that we know the chain has used
  private last = 0n; // the last one given out
  private readonly open = new Set<bigint>(); // given out, and neither committed nor given up

  /** One key opens its own account; an account with several names itself, and as many keys as its threshold asks for. */
  constructor(
    readonly chain: Bytes,
    keys: SigningKey | [SigningKey, ...SigningKey[]],
    account?: Bytes,
  ) {
    this.keys = Array.isArray(keys) ? keys : [keys];
    this.account = account ?? this.keys[0]!.account();
  }

  address(): string {
    return toAddress(this.account);
  }

  /** What the chain says it has used. */
  learn(record: { sequenceTop: bigint }): void {
    this.noteUsed(record.sequenceTop);
  }
  /** A transaction of ours was committed. */
  committed(sequence: bigint): void {
    this.open.delete(sequence);
    this.noteUsed(sequence);
  }
  /** It is proven that it never will be. Makes room. What a node says is no proof (ChainClient.settle). */
  givenUp(sequence: bigint): void {
    this.open.delete(sequence);
  }

  /**
   * An action signed with the next sequence, for a block of at most this height. sequences_used_up: 256 are on
   * their way; wait until the oldest is committed or given up. In the place of one whose fate is not known, it takes
   * that one's sequence: at most one of the two is ever carried out.
   */
  async sign(action: Action, validUntilHeight: bigint, inPlaceOf?: Signed): Promise<Signed> {
    const sequence = inPlaceOf?.sequence ?? this.next();
    const body = create(TransactionBodySchema, {
      chainId: this.chain,
      account: this.account,
      sequence,
      validUntilHeight,
      action,
    });
    // Taken before the signature is awaited: whoever signs meanwhile gets the next one.
    if (sequence > this.last) this.last = sequence;
    this.open.add(sequence);
    try {
      const bytes = await signTransaction(body, this.keys);
      return { bytes, hash: transactionHash(this.chain, bytes), sequence, validUntilHeight };
    } catch (error) {
      if (inPlaceOf === undefined) this.open.delete(sequence);
      throw error;
    }
  }

  private noteUsed(sequence: bigint): void {
    if (sequence > this.knownTop) this.knownTop = sequence;
    if (this.knownTop > this.last) this.last = this.knownTop;
  }

  // Beyond the first bound the chain refuses it; beyond the second it could commit before an older one and push
  // that out of the window.
  private next(): bigint {
    const next = this.last + 1n;
    const oldest = [...this.open].reduce((least, one) => (one < least ? one : least), next);
    if (next <= this.knownTop + sequenceWindow && next < oldest + sequenceWindow) return next;
    const first = oldest < this.knownTop + 1n ? oldest : this.knownTop + 1n;
    throw new PcqError(
      'sequences_used_up',
      `the account's sequences from ${first} to ${this.last} are given out; wait until the oldest transaction is committed`,
    );
  }
}
