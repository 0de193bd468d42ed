// A private key that signs and is never given out.
//
// WebCrypto holds it, non-extractable: script on the page can use it while it is there, and cannot take it along.
// Where WebCrypto has no Ed25519 (browsers before 2025) the same curve in JavaScript takes its place, and the
// secret is a private field of this object.
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { platformCrypto } from '#platform';

import { type Bytes, concat } from './bytes.js';
import { PcqError } from './error.js';
import { sha256, tagged } from './hash.js';
import { publicKeyOf, type Secret, secretBytes, toPkcs8 } from './pkcs8.js';
import { KeyType, PublicKey } from './public_key.js';

const parameters = {
  [KeyType.ED25519]: { name: 'Ed25519' },
  [KeyType.P256]: { name: 'ECDSA', namedCurve: 'P-256' },
};

// WebCrypto's types as the platform declares them: a browser's have names of their own, Node's have none.
type SubtleCrypto = typeof globalThis extends { crypto: { subtle: infer Subtle } } ? Subtle : object;
type CryptoKey = SubtleCrypto extends { sign(algorithm: never, key: infer Key, data: never): unknown }
  ? Key
  : object;
interface CryptoKeyPair {
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}

export interface KeyOptions {
  /** WebCrypto, or what stands in for it in a test. */
  subtle?: SubtleCrypto;
}

type Sign = (preimage: Bytes) => Promise<Bytes>;

export class SigningKey {
  /** Of the parts; generate(), fromHandles() and openKeyFile() are the ways to come by a key. */
  constructor(
    readonly publicKey: PublicKey,
    /** WebCrypto's, to be kept in IndexedDB; nothing where the key is held in JavaScript. */
    readonly handle: CryptoKey | undefined,
    private readonly signPreimage: Sign,
  ) {}

  /** A new key, non-extractable where WebCrypto has the curve: there is no copy of it. newKeyFile() makes one. */
  static async generate(type: KeyType = KeyType.ED25519, options: KeyOptions = {}): Promise<SigningKey> {
    const subtle = options.subtle ?? platformCrypto.subtle;
    checkType(type);
    try {
      const pair = (await subtle.generateKey(parameters[type as 1 | 2], false, [
        'sign',
        'verify',
      ])) as CryptoKeyPair;
      return await SigningKey.fromHandles(pair, options);
    } catch (error) {
      if (type !== KeyType.ED25519 || !isUnsupported(error)) throw error;
      return SigningKey.fromSecret(newSecret(type), options);
    }
  }

  /** A pair that WebCrypto has made, for instance one that was kept in IndexedDB. bad_public_key. */
  static async fromHandles(pair: CryptoKeyPair, options: KeyOptions = {}): Promise<SigningKey> {
    const subtle = options.subtle ?? platformCrypto.subtle;
    const raw = new Uint8Array(await subtle.exportKey('raw', pair.publicKey));
    const type = pair.publicKey.algorithm.name === 'ECDSA' ? KeyType.P256 : KeyType.ED25519;
    const data = type === KeyType.P256 ? p256.Point.fromBytes(raw).toBytes(true) : raw;
    return held(PublicKey.from(type, data), pair.privateKey, subtle);
  }

  /** Takes 32 secret bytes over, and wipes them. bad_argument: no such key. */
  static async fromSecret(secret: Secret, options: KeyOptions = {}): Promise<SigningKey> {
    checkType(secret.type);
    if (secret.bytes.length !== secretBytes)
      throw new PcqError('bad_argument', `a secret key has 32 bytes, this one has ${secret.bytes.length}`);
    if (secret.type === KeyType.P256 && !p256.utils.isValidSecretKey(secret.bytes))
      throw new PcqError('bad_argument', 'a P-256 secret key is a number from 1 below the order');
    const subtle = options.subtle ?? platformCrypto.subtle;
    const publicKey = publicKeyOf(secret);
    const encoded = toPkcs8(secret);
    try {
      const algorithm = parameters[secret.type as 1 | 2];
      return held(publicKey, await subtle.importKey('pkcs8', encoded, algorithm, false, ['sign']), subtle);
    } catch (error) {
      if (secret.type !== KeyType.ED25519 || !isUnsupported(error)) throw error;
      const seed = secret.bytes.slice();
      return new SigningKey(publicKey, undefined, async (preimage) => ed25519.sign(sha256(preimage), seed));
    } finally {
      encoded.fill(0);
      secret.bytes.fill(0);
    }
  }

  account(): Bytes {
    return this.publicKey.account();
  }
  address(): string {
    return this.publicKey.address();
  }

  /** Signs H(kind, chain, data): 64 bytes in their only valid form. */
  sign(kind: string, chain: Bytes, data: Bytes): Promise<Bytes> {
    return this.signPreimage(tagged(kind, chain, data));
  }
}

// Ed25519 signs the tagged hash. WebCrypto's ECDSA hashes what it is given: given what the tagged hash is of, it
// signs the tagged hash as a number, which is what the rule asks for.
function held(publicKey: PublicKey, handle: CryptoKey, subtle: SubtleCrypto): SigningKey {
  return new SigningKey(publicKey, handle, async (preimage) => {
    if (publicKey.type === KeyType.ED25519)
      return new Uint8Array(await subtle.sign({ name: 'Ed25519' }, handle, sha256(preimage)));
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
    return lowerHalf(new Uint8Array(await subtle.sign(algorithm, handle, preimage)));
  });
}

// (r, s) and (r, n - s) are both signatures; the chain takes the one with the lower s.
function lowerHalf(signature: Bytes): Bytes {
  const n = p256.Point.Fn.ORDER;
  const s = p256.Point.Fn.fromBytes(signature.subarray(32));
  return s > n / 2n ? concat(signature.subarray(0, 32), p256.Point.Fn.toBytes(n - s)) : signature;
}

function isUnsupported(error: unknown): boolean {
  return (error as Error | undefined)?.name === 'NotSupportedError';
}

function checkType(type: number): void {
  if (type !== KeyType.ED25519 && type !== KeyType.P256)
    throw new PcqError('bad_argument', `key type ${type} is unknown, 1 (Ed25519) and 2 (P-256) are known`);
}

/** 32 secret bytes from the operating system's randomness. */
export function newSecret(type: KeyType): Secret {
  checkType(type);
  const bytes = new Uint8Array(secretBytes);
  do {
    platformCrypto.getRandomValues(bytes);
  } while (type === KeyType.P256 && !p256.utils.isValidSecretKey(bytes));
  return { type, bytes };
}
