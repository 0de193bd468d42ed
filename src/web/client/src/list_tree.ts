// The Merkle tree over a list (the shape of RFC 6962): transactions and receipts of a block (src/ledger/list_tree.h).
import { type Bytes, equal, hashBytes } from './bytes.js';
import { PcqError } from './error.js';
import { sha256 } from './hash.js';
import { innerHash } from './state_proof.js';

const countMax = 2 ** 20; // more entries than any list has

function bad(what: string): PcqError {
  return new PcqError('bad_proof', what);
}

function listLeaf(hash: Bytes): Bytes {
  return sha256(Uint8Array.of(0), hash);
}

// The largest power of two smaller than the count.
function leftSize(count: number): number {
  return 2 ** (31 - Math.clz32(count - 1));
}

/** 32 zero bytes for an empty list. */
export function listRoot(hashes: Bytes[]): Bytes {
  if (hashes.length === 0) return new Uint8Array(hashBytes);
  if (hashes.length === 1) return listLeaf(hashes[0]!);
  const left = leftSize(hashes.length);
  return innerHash(listRoot(hashes.slice(0, left)), listRoot(hashes.slice(left)));
}

/** Throws bad_proof unless `run` are the hashes at `first` onwards of the list of `count` hashes under `root`. */
export function verifyRange(root: Bytes, count: number, first: number, run: Bytes[], proof: Bytes[]): void {
  const inside = [count, first].every((n) => Number.isInteger(n) && n >= 0 && n <= countMax);
  if (!inside || run.length === 0 || first + run.length > count)
    throw bad(`a run of ${run.length} from ${first} does not lie inside a list of ${count}`);
  let next = 0; // of the proof
  let complete = true;
  const rootOf = (start: number, size: number): Bytes => {
    if (start + size <= first || start >= first + run.length) {
      complete = complete && next < proof.length;
      return proof[next++] ?? root;
    }
    if (size === 1) return listLeaf(run[start - first]!);
    const left = leftSize(size);
    const leftHash = rootOf(start, left);
    return innerHash(leftHash, rootOf(start + left, size - left));
  };
  const computed = rootOf(0, count);
  if (!complete || next !== proof.length)
    throw bad(`the list proof has ${proof.length} hashes, which is too ${complete ? 'many' : 'few'}`);
  if (!equal(computed, root)) throw bad('the list proof leads to another root');
}
