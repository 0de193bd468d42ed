// Key files as `pcq key` writes and reads them: PKCS#8 PEM, encrypted (PBES2) with AES-256-CBC under a key that
// scrypt derives from a passphrase.
import { platformCrypto, scrypt } from '#platform';

import { type Bytes, equal, fromBase64, toBase64, utf8 } from './bytes.js';
import { der, derInteger, DerReader, Tag } from './der.js';
import { PcqError } from './error.js';
import type { ScryptCost } from './platform.js';
import { fromPkcs8, type Secret, toPkcs8 } from './pkcs8.js';
import { KeyType } from './public_key.js';
import { type KeyOptions, newSecret, SigningKey } from './signing_key.js';

// 16 MiB and a fraction of a second a guess: src/crypto/key_file.cc says why these.
const scryptCost = { N: 1 << 14, r: 8, p: 5 };
const memoryMax = 32 * 1024 * 1024; // what OpenSSL decrypts with
const parallelMax = 16;
const passphraseBytesMax = 1000;
const fileBytesMax = 64 * 1024;
const keyBytes = 32;
const blockBytes = 16;
const saltBytes = 16;

const oids = {
  pbes2: Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d),
  scrypt: Uint8Array.of(0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04, 0x0b),
  aes256cbc: Uint8Array.of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a),
};

const encryptedName = 'ENCRYPTED PRIVATE KEY';
const plainName = 'PRIVATE KEY';

/** A new key and its file. The key itself is as SigningKey.generate() makes it; only the file can be kept. */
export async function newKeyFile(
  passphrase: string,
  type: KeyType = KeyType.ED25519,
  options: KeyOptions = {},
): Promise<{ key: SigningKey; file: string }> {
  const secret = newSecret(type);
  const file = await encrypt(secret, passphrase);
  return { key: await SigningKey.fromSecret(secret, options), file };
}

/** bad_key_file: no key of ours. wrong_passphrase: encrypted, and this does not open it. */
export async function openKeyFile(
  file: string,
  passphrase?: string,
  options: KeyOptions = {},
): Promise<SigningKey> {
  return SigningKey.fromSecret(await decrypt(file, passphrase), options);
}

/** The same key under another passphrase. Errors as openKeyFile(). */
export async function changePassphrase(file: string, from: string | undefined, to: string): Promise<string> {
  const secret = await decrypt(file, from);
  try {
    return await encrypt(secret, to);
  } finally {
    secret.bytes.fill(0);
  }
}

/** The key of a text, alone and without whatever else stands in the text; nothing of it is opened. bad_key_file. */
export function keyFileIn(text: string): { file: string; isEncrypted: boolean } {
  const { name, content } = fromPem(text);
  if (name !== encryptedName && name !== plainName) throw bad(`it holds a ${name}`);
  return { file: toPem(name, content), isEncrypted: name === encryptedName };
}

function bad(what: string): PcqError {
  return new PcqError('bad_key_file', `key file refused: ${what}`);
}

async function encrypt(secret: Secret, passphrase: string): Promise<string> {
  const salt = platformCrypto.getRandomValues(new Uint8Array(saltBytes));
  const iv = platformCrypto.getRandomValues(new Uint8Array(blockBytes));
  const key = await aesKey(passphrase, salt, scryptCost);
  const encoded = toPkcs8(secret);
  let encrypted: Bytes;
  try {
    encrypted = new Uint8Array(await platformCrypto.subtle.encrypt({ name: 'AES-CBC', iv }, key, encoded));
  } finally {
    encoded.fill(0);
  }
  const { N, r, p } = scryptCost;
  const cost = [derInteger(N), derInteger(r), derInteger(p)];
  const derivation = der(
    Tag.sequence,
    der(Tag.oid, oids.scrypt),
    der(Tag.sequence, der(Tag.octets, salt), ...cost),
  );
  const cipher = der(Tag.sequence, der(Tag.oid, oids.aes256cbc), der(Tag.octets, iv));
  const scheme = der(Tag.sequence, der(Tag.oid, oids.pbes2), der(Tag.sequence, derivation, cipher));
  return toPem(encryptedName, der(Tag.sequence, scheme, der(Tag.octets, encrypted)));
}

async function decrypt(file: string, passphrase: string | undefined): Promise<Secret> {
  const { name, content } = fromPem(file);
  if (name === plainName) {
    try {
      return fromPkcs8(content);
    } catch {
      throw bad('it holds neither an Ed25519 nor a P-256 private key');
    }
  }
  if (name !== encryptedName) throw bad(`it holds a ${name}`);
  if (passphrase === undefined)
    throw new PcqError('wrong_passphrase', 'the key file is encrypted: a passphrase is needed');
  const { salt, iv, cost, encrypted } = parameters(content);
  const key = await aesKey(passphrase, salt, cost);
  let encoded: Bytes | undefined;
  try {
    encoded = new Uint8Array(await platformCrypto.subtle.decrypt({ name: 'AES-CBC', iv }, key, encrypted));
    return fromPkcs8(encoded);
  } catch {
    throw new PcqError('wrong_passphrase', 'the passphrase does not open the key file, or it is damaged');
  } finally {
    encoded?.fill(0);
  }
}

function parameters(content: Bytes): { salt: Bytes; iv: Bytes; cost: ScryptCost; encrypted: Bytes } {
  try {
    const outer = new DerReader(content).sequence();
    const scheme = outer.sequence();
    const encrypted = outer.read(Tag.octets);
    const isPbes2 = equal(scheme.read(Tag.oid), oids.pbes2);
    const inner = scheme.sequence();
    const derivation = inner.sequence();
    const cipher = inner.sequence();
    if (
      !isPbes2 ||
      !equal(derivation.read(Tag.oid), oids.scrypt) ||
      !equal(cipher.read(Tag.oid), oids.aes256cbc)
    )
      throw bad('it is not encrypted with scrypt and AES-256-CBC, as pcq key encrypts');
    const kdf = derivation.sequence();
    const salt = kdf.read(Tag.octets);
    const cost = { N: kdf.integer(), r: kdf.integer(), p: kdf.integer() };
    if (!isBounded(cost)) throw bad('it asks for more work than a key file may');
    const iv = cipher.read(Tag.octets);
    if (iv.length !== blockBytes) throw bad('its first block has another length');
    return { salt, iv, cost, encrypted };
  } catch (error) {
    throw error instanceof PcqError ? error : bad('its content is no encrypted private key');
  }
}

// What RFC 7914 allows, in the memory that all of it takes: N blocks to mix in, p to begin with, two to work in.
function isBounded({ N, r, p }: ScryptCost): boolean {
  const isCost = N > 1 && Number.isInteger(Math.log2(N)) && r > 0 && p > 0 && N < 2 ** (16 * r);
  return isCost && p <= parallelMax && 128 * r * (N + p + 2) <= memoryMax;
}

async function aesKey(passphrase: string, salt: Bytes, cost: ScryptCost): Promise<CryptoKey> {
  const secret = utf8(passphrase);
  if (secret.length === 0 || secret.length > passphraseBytesMax)
    throw new PcqError(
      'bad_argument',
      `a passphrase has 1 to ${passphraseBytesMax} bytes, this one has ${secret.length}`,
    );
  const derived = await scrypt(secret, salt, cost, keyBytes);
  const key = await platformCrypto.subtle.importKey('raw', derived, 'AES-CBC', false, ['encrypt', 'decrypt']);
  derived.fill(0);
  secret.fill(0);
  return key;
}

const lineLength = 64;

function toPem(name: string, content: Bytes): string {
  const lines = toBase64(content).match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? [];
  return [`-----BEGIN ${name}-----`, ...lines, `-----END ${name}-----`, ''].join('\n');
}

function fromPem(file: string): { name: string; content: Bytes } {
  if (file.length > fileBytesMax) throw bad('it is too large');
  const found = /-----BEGIN ([A-Z0-9 ]+)-----\s([A-Za-z0-9+/=\s]*)-----END \1-----/.exec(file);
  if (found === null) throw bad('it is no PEM file');
  try {
    return { name: found[1]!, content: fromBase64(found[2]!.replace(/\s/g, '')) };
  } catch {
    throw bad('it is no PEM file');
  }
}
