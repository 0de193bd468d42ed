// Proofs of presence and absence in the state tree (docs/decisions/0003-state-tree.md has the grammar).
import { type Bytes, equal, hashBytes } from './bytes.js';
import { decodeCanonical } from './canonical.js';
import { PcqError } from './error.js';
import { StateProofSchema } from './gen/proto/pcq/v1/block_pb.js';
import { sha256 } from './hash.js';

const depthMax = 256;
const proofBytesMax = depthMax * (hashBytes + 2) + 128;
const leafTag = Uint8Array.of(0);
const innerTag = Uint8Array.of(1);

function bad(what: string): PcqError {
  return new PcqError('bad_proof', what);
}

export function leafHash(keyHash: Bytes, valueHash: Bytes): Bytes {
  return sha256(leafTag, keyHash, valueHash);
}
export function innerHash(left: Bytes, right: Bytes): Bytes {
  return sha256(innerTag, left, right);
}

function bit(hash: Bytes, index: number): number {
  return (hash[index >> 3]! >> (7 - (index & 7))) & 1;
}

export interface Entry {
  key: Bytes;
  value: Bytes;
}
/** The root of the tree that has these records and no other, each key once. */
export function stateRoot(records: readonly Entry[]): Bytes {
  const leaves = records.map(({ key, value }) => {
    const keyHash = sha256(key);
    return { keyHash, hash: leafHash(keyHash, sha256(value)) };
  });
  const rootOf = (below: typeof leaves, depth: number): Bytes => {
    if (below.length === 0) return new Uint8Array(hashBytes);
    if (below.length === 1) return below[0]!.hash;
    const side = (which: number) => below.filter(({ keyHash }) => bit(keyHash, depth) === which);
    return innerHash(rootOf(side(0), depth + 1), rootOf(side(1), depth + 1));
  };
  return rootOf(leaves, 0);
}

interface StateProof {
  siblings: Bytes[]; // from the root downwards
  otherLeaf: { keyHash: Bytes; valueHash: Bytes } | undefined; // absence: the leaf that stands there
}

function decodeProof(bytes: Bytes): StateProof {
  const message = bytes.length > proofBytesMax ? undefined : decodeCanonical(StateProofSchema, bytes);
  if (message === undefined) throw bad('the bytes are no canonical state proof');
  const { siblings, otherKeyHash, otherValueHash } = message;
  if (siblings.some((sibling) => sibling.length !== hashBytes))
    throw bad('a sibling of the state proof has not 32 bytes');
  if (otherKeyHash.length === 0 && otherValueHash.length === 0) return { siblings, otherLeaf: undefined };
  if (otherKeyHash.length !== hashBytes || otherValueHash.length !== hashBytes)
    throw bad('the other leaf of the state proof has not twice 32 bytes');
  return { siblings, otherLeaf: { keyHash: otherKeyHash, valueHash: otherValueHash } };
}

// What stands at the end of the key's path: its leaf, another one, or nothing.
function leafThere(keyHash: Bytes, value: Bytes | null, { siblings, otherLeaf }: StateProof): Bytes {
  if (value !== null) {
    if (otherLeaf !== undefined) throw bad('a proof of presence shows another leaf');
    return leafHash(keyHash, sha256(value));
  }
  if (otherLeaf === undefined) return new Uint8Array(hashBytes);
  if (equal(otherLeaf.keyHash, keyHash)) throw bad('the key is present, not absent');
  siblings.forEach((_, depth) => {
    if (bit(otherLeaf.keyHash, depth) !== bit(keyHash, depth))
      throw bad('the other leaf does not stand where the key would be');
  });
  return leafHash(otherLeaf.keyHash, otherLeaf.valueHash);
}

/** Throws bad_proof unless the proof shows exactly this value (null: absence) under the root. */
export function verifyStateProof(stateRoot: Bytes, key: Bytes, value: Bytes | null, proof: Bytes): void {
  const decoded = decodeProof(proof);
  const { siblings } = decoded;
  if (siblings.length > depthMax) throw bad(`the state proof is deeper than ${depthMax} levels`);
  const keyHash = sha256(key);
  let hash = leafThere(keyHash, value, decoded);
  for (let depth = siblings.length - 1; depth >= 0; --depth) {
    const sibling = siblings[depth]!;
    hash = bit(keyHash, depth) ? innerHash(sibling, hash) : innerHash(hash, sibling);
  }
  if (!equal(hash, stateRoot)) throw bad('the state proof leads to another root');
}
