// Public keys and the rule of docs/decisions/0002: one answer for every bit pattern.
//
// Verified in JavaScript and not by WebCrypto, whose answers at the edges (the cofactor, points of small order)
// are the platform's: what a certificate proves must not depend on the browser.
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { sha512 } from '@noble/hashes/sha2.js';

import { toAddress } from './address.js';
import { type Bytes, compare, concat, equal } from './bytes.js';
import { PcqError } from './error.js';
import { KeyType } from './gen/proto/pcq/v1/keys_pb.js';
import { noChain, taggedHash } from './hash.js';

export { KeyType };

export const signatureBytes = 64;

const lengths: Record<number, number> = { [KeyType.ED25519]: 32, [KeyType.P256]: 33 };
const { Point } = ed25519;
const order = Point.Fn.ORDER;

function bad(what: string): PcqError {
  return new PcqError('bad_public_key', `public key refused: ${what}`);
}

function littleEndian(bytes: Bytes): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

// The point of canonical bytes that are on the curve, or nothing.
function edwardsPoint(bytes: Bytes) {
  try {
    return Point.fromBytes(bytes, false);
  } catch {
    return undefined;
  }
}

function isP256Point(bytes: Bytes): boolean {
  try {
    p256.Point.fromBytes(bytes).assertValidity();
    return bytes[0] === 2 || bytes[0] === 3;
  } catch {
    return false;
  }
}

export class PublicKey {
  private constructor(
    readonly type: KeyType,
    readonly data: Bytes,
  ) {}

  /** A key to be relied on: right length, canonical, on the curve and in its prime-order group. bad_public_key. */
  static from(type: number, data: Bytes): PublicKey {
    const key = PublicKey.named(type, data);
    if (type === KeyType.P256) {
      if (!isP256Point(data)) throw bad('it is no compressed point of P-256');
      return key;
    }
    const point = edwardsPoint(data);
    if (point === undefined) throw bad('it is no canonical point of Ed25519');
    if (point.is0() || !point.isTorsionFree()) throw bad('it is not in the prime-order group of Ed25519');
    return key;
  }

  /** As somebody names it beside a signature: only type and length are checked. bad_public_key. */
  static named(type: number, data: Bytes): PublicKey {
    const length = lengths[type];
    if (length === undefined) throw bad(`type ${type} is unknown, 1 (Ed25519) and 2 (P-256) are known`);
    if (data.length !== length) throw bad(`it has ${data.length} bytes, its type has ${length}`);
    return new PublicKey(type, data.slice());
  }

  /** Type byte, then the key: how it is ordered and hashed. */
  encoded(): Bytes {
    return concat(Uint8Array.of(this.type), this.data);
  }

  /** The id of the account that this key opens. */
  account(): Bytes {
    return taggedHash('account', noChain, this.encoded());
  }

  address(): string {
    return toAddress(this.account());
  }

  /** The order in which keys and validators are listed. */
  compare(other: PublicKey): number {
    return compare(this.encoded(), other.encoded());
  }

  /** Whether the signature is this key's over the digest of 32 bytes. */
  verify(digest: Bytes, signature: Bytes): boolean {
    if (signature.length !== signatureBytes) return false;
    return this.type === KeyType.ED25519
      ? verifyEd25519(this.data, digest, signature)
      : verifyP256(this.data, digest, signature);
  }
}

// R is the canonical encoding of [S]B - [h]A, bit for bit, and not of small order; S < L. No factor of eight.
function verifyEd25519(key: Bytes, digest: Bytes, signature: Bytes): boolean {
  const a = edwardsPoint(key);
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  if (a === undefined || a.isSmallOrder() || s >= order) return false;
  const h = littleEndian(sha512(concat(r, key, digest))) % order;
  const expected = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(h));
  return !expected.isSmallOrder() && equal(expected.toBytes(), r);
}

// The digest is the number; it is not hashed again. Of the two values of s the lower one.
function verifyP256(key: Bytes, digest: Bytes, signature: Bytes): boolean {
  try {
    return isP256Point(key) && p256.verify(signature, digest, key, { prehash: false, lowS: true });
  } catch {
    return false; // r or s is zero or too large
  }
}
