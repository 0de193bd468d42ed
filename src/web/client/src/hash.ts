// SHA-256 with domain tags (docs/decisions/0001): H(kind, chain, data) = SHA-256(length of kind (one byte), kind,
// 32 bytes of chain id, data). What belongs to no chain has 32 zero bytes in its place.
//
// Computed here and not by WebCrypto, which answers later and takes many times as long for 64 bytes: a proof is
// a chain of such hashes.
import { sha256 as digest } from '@noble/hashes/sha2.js';

import { type Bytes, concat, hashBytes, utf8 } from './bytes.js';

export const noChain: Bytes = new Uint8Array(hashBytes);

export function sha256(...parts: Bytes[]): Bytes {
  const hash = digest.create();
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The bytes that a tagged hash is the SHA-256 of. */
export function tagged(kind: string, chain: Bytes, data: Bytes): Bytes {
  const name = utf8(kind);
  return concat(Uint8Array.of(name.length), name, chain, data);
}

export function taggedHash(kind: string, chain: Bytes, data: Bytes): Bytes {
  return sha256(tagged(kind, chain, data));
}
