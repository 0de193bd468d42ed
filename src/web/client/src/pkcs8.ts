// Private keys as PKCS#8 (RFC 5958): what WebCrypto imports, and what is inside of a key file.
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';

import { type Bytes, equal } from './bytes.js';
import { der, derInteger, DerReader, Tag } from './der.js';
import { KeyType, PublicKey } from './public_key.js';

export const secretBytes = 32; // the Ed25519 seed, or the P-256 scalar

export const oids = {
  ed25519: Uint8Array.of(0x2b, 0x65, 0x70),
  ecPublicKey: Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01),
  p256: Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07),
};

export interface Secret {
  type: KeyType;
  bytes: Bytes; // whoever has it wipes it
}

export function publicKeyOf({ type, bytes }: Secret): PublicKey {
  const data = type === KeyType.ED25519 ? ed25519.getPublicKey(bytes) : p256.getPublicKey(bytes, true);
  return PublicKey.named(type, data);
}

/** With the public key inside where the curve is P-256: Firefox imports no other. */
export function toPkcs8({ type, bytes }: Secret): Bytes {
  if (type === KeyType.ED25519) {
    const algorithm = der(Tag.sequence, der(Tag.oid, oids.ed25519));
    return der(Tag.sequence, derInteger(0), algorithm, der(Tag.octets, der(Tag.octets, bytes)));
  }
  const algorithm = der(Tag.sequence, der(Tag.oid, oids.ecPublicKey), der(Tag.oid, oids.p256));
  const point = der(Tag.tagged1, der(Tag.bits, Uint8Array.of(0), p256.getPublicKey(bytes, false)));
  const key = der(Tag.sequence, derInteger(1), der(Tag.octets, bytes), point); // RFC 5915
  return der(Tag.sequence, derInteger(0), algorithm, der(Tag.octets, key));
}

/** RangeError: no Ed25519 or P-256 key. What follows the secret (attributes, a public key) is ignored. */
export function fromPkcs8(bytes: Bytes): Secret {
  const outer = new DerReader(bytes);
  const info = outer.sequence();
  info.integer();
  const algorithm = info.sequence();
  const name = algorithm.read(Tag.oid);
  const content = new DerReader(info.read(Tag.octets));
  if (!outer.done) throw new RangeError('something follows the key');
  if (equal(name, oids.ed25519)) {
    const seed = content.read(Tag.octets);
    if (seed.length !== secretBytes) throw new RangeError('an Ed25519 key has 32 bytes');
    return { type: KeyType.ED25519, bytes: seed.slice() };
  }
  if (!equal(name, oids.ecPublicKey) || !equal(algorithm.read(Tag.oid), oids.p256))
    throw new RangeError('neither Ed25519 nor P-256');
  const key = content.sequence();
  key.integer();
  const scalar = key.read(Tag.octets);
  if (scalar.length > secretBytes) throw new RangeError('a P-256 key has 32 bytes');
  const secret = new Uint8Array(secretBytes);
  secret.set(scalar, secretBytes - scalar.length);
  if (!p256.utils.isValidSecretKey(secret)) throw new RangeError('no scalar of P-256');
  return { type: KeyType.P256, bytes: secret };
}
