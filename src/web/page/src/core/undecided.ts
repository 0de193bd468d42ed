// What this browser has signed and nobody has proven the end of: kept before it is sent, until it is known to be final or
// never to become so. Whoever does the same again meanwhile sends the same transaction, which counts once; whoever does
// something else signs it with the same sequence, so that one of the two is carried out at most.
import {
  type Action,
  actionBytes,
  fromBase64,
  readTransaction,
  type Signed,
  toBase64,
  toHex,
  transactionHash,
  type TransactionBody,
} from 'pcq-client';

import { type Chain } from './chain.js';
import { same } from './same.js';
import { kept, Store } from './store.js';

interface KeptTransaction {
  bytes: string; // base64
  after: string; // a height before it was signed
}

const place = (chain: Chain, address: string) => `undecided.${chain.id.slice(0, 16)}.${address.slice(-12)}`;
const ofThisPage = new Map<string, KeptTransaction[]>(); // where the browser keeps nothing
const sending = new Set<string>(); // hashes of those that a dialog waits for

/** Changes with what is kept. */
export const undecidedChanges = new Store(0);
function changed(): void {
  undecidedChanges.set(undecidedChanges.value + 1);
}

// What another window of this browser does.
addEventListener('storage', ({ key }) => {
  if (key === null || key.startsWith('pcq.undecided.')) changed();
});

function listOf(chain: Chain, address: string): KeptTransaction[] {
  const name = place(chain, address);
  return kept.read<KeptTransaction[]>(name) ?? ofThisPage.get(name) ?? [];
}
function write(chain: Chain, address: string, list: KeptTransaction[]): void {
  const name = place(chain, address);
  kept.write(name, list.length === 0 ? undefined : list);
  const isKept = list.length === 0 || kept.read(name) !== undefined;
  if (isKept) ofThisPage.delete(name);
  else ofThisPage.set(name, list);
  changed();
}

/** The oldest first. */
export function undecided(chain: Chain, address: string): Signed[] {
  return listOf(chain, address).flatMap((entry) => signedOf(chain, entry) ?? []);
}
/** Those that no dialog waits for. */
export function left(chain: Chain, address: string): Signed[] {
  return undecided(chain, address).filter(({ hash }) => !sending.has(toHex(hash)));
}

function signedOf(chain: Chain, { bytes: text, after }: KeptTransaction): Signed | undefined {
  try {
    const bytes = fromBase64(text);
    const { sequence, validUntilHeight } = bodyOf(chain, bytes);
    const hash = transactionHash(chain.genesis.chain, bytes);
    return { bytes, hash, sequence, validUntilHeight, signedAfter: BigInt(after) };
  } catch {
    return undefined; // what stands there is nothing that this page has written
  }
}

export function bodyOf(chain: Chain, bytes: Uint8Array): TransactionBody {
  return readTransaction(chain.genesis.chain, bytes);
}
export function isOfAction(chain: Chain, { bytes }: Signed, action: Action): boolean {
  return same(actionBytes(bodyOf(chain, bytes).action), actionBytes(action));
}

export function keep(chain: Chain, address: string, signed: Signed): void {
  sending.add(toHex(signed.hash));
  const entry = { bytes: toBase64(signed.bytes), after: String(signed.signedAfter ?? 0n) };
  const others = listOf(chain, address).filter(({ bytes }) => bytes !== entry.bytes);
  write(chain, address, [...others, entry]);
}
export function drop(chain: Chain, address: string, signed: Signed): void {
  sending.delete(toHex(signed.hash));
  const bytes = toBase64(signed.bytes);
  write(
    chain,
    address,
    listOf(chain, address).filter((entry) => entry.bytes !== bytes),
  );
}
/** No dialog waits for it any more. */
export function leave(signed: Signed): void {
  sending.delete(toHex(signed.hash));
  changed();
}
