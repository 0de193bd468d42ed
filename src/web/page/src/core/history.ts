// What an account did and what happened to it: transactions that this browser has sent, and what a look through the
// chain's blocks finds. Every entry is proven to be in its block.
import {
  type Event,
  fromHex,
  type Header,
  PcqError,
  type Receipt,
  toHex,
  type TransactionBody,
} from 'pcq-client';

import { oneTransaction, type WholeBlock } from './blocks.js';
import { type Chain } from './chain.js';
import { same } from './same.js';
import { kept } from './store.js';
import { walk } from './walk.js';

export interface Entry {
  key: string;
  height: bigint;
  timeMs: bigint;
  hash: string | undefined; // of the transaction; nothing: the block's own work
  body: TransactionBody | undefined;
  receipt: Receipt;
  events: Event[]; // those that are about the account
}

const keptMax = 200;
const place = (chain: Chain, address: string) => `sent.${chain.id.slice(0, 16)}.${address.slice(-12)}`;

export function noteSent(chain: Chain, address: string, hash: Uint8Array): void {
  const known = kept.read<string[]>(place(chain, address)) ?? [];
  kept.write(place(chain, address), [toHex(hash), ...known].slice(0, keptMax));
}

// What is final stays so: it is asked for and verified once, not after each block.
const verified = new Map<string, Entry>(); // by chain and hash; at most keptMax for each account of this browser

/** Those that this browser has sent and that are in a block which the node still has. */
export async function sentFrom(chain: Chain, address: string): Promise<Entry[]> {
  const hashes = kept.read<string[]>(place(chain, address)) ?? [];
  const found = await Promise.all(hashes.map((hash) => sentEntry(chain, hash)));
  return found.filter((entry): entry is Entry => entry !== undefined);
}

async function sentEntry(chain: Chain, hash: string): Promise<Entry | undefined> {
  const name = `${chain.id} ${hash}`;
  const known = verified.get(name);
  if (known !== undefined) return known;
  try {
    const { header, receipt, body } = await oneTransaction(chain, fromHex(hash, 32));
    const entry = entryOf(header, receipt, receipt.events, hash, body);
    verified.set(name, entry);
    return entry;
  } catch (error) {
    const isGone = error instanceof PcqError && ['not_found', 'height_pruned'].includes(error.reason);
    if (isGone) return undefined;
    throw error;
  }
}

function entryOf(
  header: Header,
  receipt: Receipt,
  events: Event[],
  hash?: string,
  body?: TransactionBody,
): Entry {
  return {
    key: hash ?? `own ${header.height}`,
    height: header.height,
    timeMs: header.fields.timeMs,
    hash,
    body,
    receipt,
    events,
  };
}

/** Whether an event names the account. */
export function isAbout(event: Event, account: Uint8Array): boolean {
  const fields = (event.event.value ?? {}) as { [name: string]: unknown };
  return Object.values(fields).some((value) => value instanceof Uint8Array && same(value, account));
}

export interface Progress {
  from: bigint; // the lowest block that was looked through
  skipped: number; // blocks too large to be fetched
}

/** Walks down from `top` until the signal aborts or there is nothing left. Each call of `found` has the entries of one block. */
export async function lookThrough(
  chain: Chain,
  account: Uint8Array,
  top: Header,
  found: (entries: Entry[], progress: Progress) => void,
  signal: AbortSignal,
): Promise<void> {
  let skipped = 0;
  const visit = (header: Header, block: WholeBlock | undefined) => {
    const entries: Entry[] = [];
    if (block === undefined) ++skipped;
    for (const { body, receipt, hash } of block?.transactions ?? []) {
      const events = receipt.events.filter((event) => isAbout(event, account));
      if (same(body.account, account) || events.length > 0 || names(body, account))
        entries.push(entryOf(header, receipt, events, toHex(hash), body));
    }
    const own = block?.own?.events.filter((event) => isAbout(event, account)) ?? [];
    if (own.length > 0) entries.push(entryOf(header, block!.own!, own));
    found(entries, { from: header.height, skipped });
  };
  await walk(chain, top, visit, signal);
}

// Deposits, readings and transfers name the account and have no event of their own.
function names(body: TransactionBody, account: Uint8Array): boolean {
  const { case: action, value } = body.action;
  if (action === 'deposit') return same(value.account, account);
  if (action === 'transferCash' || action === 'transferQuota') return same(value.to, account);
  if (action === 'reportEmissions') return value.readings.some((reading) => same(reading.account, account));
  if (action === 'claimIssuance') return value.leaves.some((leaf) => same(leaf.account, account));
  return false;
}
