// Keys, signatures and addresses: the answers of C++ for every vector, and what is this package's own.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';

import {
  accountFromText,
  fromAddress,
  fromBase64,
  isPcqError,
  KeyType,
  PcqError,
  PublicKey,
  SigningKey,
  taggedHash,
  toAddress,
  toBase64,
  toHex,
} from 'pcq-client';

import { reasons } from '../dist/error.js';
import { flipped, hex, vectors } from './vectors.js';

const noChain = new Uint8Array(32);
const data = new TextEncoder().encode('data');

interface KeyVectors {
  digest: string;
  keys: {
    type: number;
    secret: string;
    public_key: string;
    account: string;
    address: string;
    signature?: string;
  }[];
  public_keys: { type: number; data: string; valid: boolean }[];
  signatures: { type: number; public_key: string; digest: string; signature: string; holds: boolean }[];
  addresses: { text: string; account?: string; code?: number; message?: string }[];
}
const given = vectors<KeyVectors>('keys');

// WebCrypto of a browser that has no Ed25519.
const withoutEd25519 = new Proxy(webcrypto.subtle, {
  get(subtle, name) {
    const method = Reflect.get(subtle, name) as (...parameters: unknown[]) => unknown;
    return (...parameters: unknown[]) => {
      const names = parameters.map((value) => (value as { name?: string } | undefined)?.name);
      if (names.includes('Ed25519'))
        throw new DOMException('Unrecognized algorithm name', 'NotSupportedError');
      return method.apply(subtle, parameters);
    };
  },
}) as unknown as SubtleCrypto;

test('a secret has the public key, account, address and signature that C++ gives it', async () => {
  for (const entry of given.keys) {
    for (const options of [{}, { subtle: withoutEd25519 }]) {
      const secret = { type: entry.type, bytes: hex(entry.secret) };
      const key = await SigningKey.fromSecret(secret, options);
      assert.deepEqual([...secret.bytes], new Array(32).fill(0), 'the secret is wiped');
      assert.equal(toHex(key.publicKey.data), entry.public_key);
      assert.equal(toHex(key.account()), entry.account);
      assert.equal(key.address(), entry.address);
      const signature = await key.sign('vector', noChain, data);
      assert.ok(key.publicKey.verify(hex(given.digest), signature));
      if (entry.signature !== undefined) assert.equal(toHex(signature), entry.signature);
    }
  }
});

test('keys are made where they cannot be taken from, and else in JavaScript', async () => {
  for (const type of [KeyType.ED25519, KeyType.P256]) {
    const key = await SigningKey.generate(type);
    assert.equal(key.handle?.extractable, false);
    await assert.rejects(webcrypto.subtle.exportKey('pkcs8', key.handle as webcrypto.CryptoKey));
    const digest = taggedHash('vector', noChain, data);
    for (let i = 0; i < 8; ++i)
      assert.ok(key.publicKey.verify(digest, await key.sign('vector', noChain, data)));
    assert.notDeepEqual((await SigningKey.generate(type)).publicKey.data, key.publicKey.data);
  }
  const key = await SigningKey.generate(KeyType.ED25519, { subtle: withoutEd25519 });
  assert.equal(key.handle, undefined);
  assert.ok(
    key.publicKey.verify(taggedHash('vector', noChain, data), await key.sign('vector', noChain, data)),
  );
  assert.equal(
    (await SigningKey.generate(KeyType.P256, { subtle: withoutEd25519 })).handle?.extractable,
    false,
  );
});

test('a key pair that was kept is the same key', async () => {
  const pair = (await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const first = await SigningKey.fromHandles(pair);
  assert.deepEqual((await SigningKey.fromHandles(structuredClonePair(pair))).publicKey, first.publicKey);
});

// Node 18 cannot clone keys; what IndexedDB gives back is a pair of handles like any other.
function structuredClonePair(pair: CryptoKeyPair): CryptoKeyPair {
  return { publicKey: pair.publicKey, privateKey: pair.privateKey };
}

test('no secret makes a key that the chain would refuse', async () => {
  for (const bytes of [new Uint8Array(31), new Uint8Array(33)])
    await assert.rejects(SigningKey.fromSecret({ type: KeyType.ED25519, bytes }), isBadArgument);
  for (const bytes of [new Uint8Array(32), new Uint8Array(32).fill(255)])
    await assert.rejects(SigningKey.fromSecret({ type: KeyType.P256, bytes }), isBadArgument);
  await assert.rejects(SigningKey.generate(3 as KeyType), isBadArgument);
});

function isBadArgument(error: unknown): boolean {
  return isPcqError(error, 'bad_argument');
}

test('public keys are valid or not as in C++', () => {
  for (const { type, data: digits, valid } of given.public_keys) {
    const from = () => PublicKey.from(type, hex(digits));
    if (valid) assert.equal(toHex(from().data), digits);
    else assert.throws(from, (error) => isPcqError(error, 'bad_public_key'), digits);
  }
  for (const type of [0, 3, 257, -1])
    assert.throws(
      () => PublicKey.named(type, new Uint8Array(32)),
      (error) => isPcqError(error, 'bad_public_key'),
    );
});

test('signatures hold or not as in C++', () => {
  assert.ok(given.signatures.filter(({ holds }) => holds).length >= 4);
  for (const { type, public_key, digest, signature, holds } of given.signatures) {
    const key = PublicKey.named(type, hex(public_key));
    assert.equal(key.verify(hex(digest), hex(signature)), holds, `${public_key} ${digest} ${signature}`);
  }
});

test('a signature holds for nothing but the exact bits', async () => {
  for (const type of [KeyType.ED25519, KeyType.P256]) {
    const key = await SigningKey.generate(type);
    const digest = taggedHash('vector', noChain, data);
    const signature = await key.sign('vector', noChain, data);
    for (const other of flipped(signature)) assert.ok(!key.publicKey.verify(digest, other));
    for (const other of flipped(digest)) assert.ok(!key.publicKey.verify(other, signature));
  }
});

test('addresses are those of C++, and refused in its words', () => {
  for (const { text, account, code, message } of given.addresses) {
    if (account !== undefined) {
      assert.equal(toHex(accountFromText(text)), account);
      continue;
    }
    assert.throws(
      () => accountFromText(text),
      (error) => {
        assert.ok(error instanceof PcqError);
        assert.deepEqual([error.code, error.message], [code, message], text);
        return true;
      },
    );
  }
});

test('any one or two wrong characters of an address are found', () => {
  const address = given.keys[0]!.address;
  const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
  for (let at = 4; at < address.length; ++at) {
    for (const other of [at, (at * 7 + 11) % address.length]) {
      const letters = [...address];
      for (const place of new Set([at, Math.max(4, other)]))
        letters[place] = alphabet[(alphabet.indexOf(letters[place]!) + 1 + (at % 30)) % 32]!;
      assert.throws(
        () => fromAddress(letters.join('')),
        (error) => isPcqError(error, 'bad_address'),
      );
    }
  }
  for (let i = 0; i < 50; ++i) {
    const account = webcrypto.getRandomValues(new Uint8Array(32));
    assert.deepEqual(fromAddress(toAddress(account)), account);
    assert.deepEqual(fromAddress(toAddress(account).toUpperCase()), account);
  }
});

test('reasons have the numbers of C++', () => {
  const { codes } = vectors<{ codes: Record<string, number> }>('codes');
  for (const [name, number] of Object.entries(reasons)) assert.equal(number, codes[name], name);
});

test('base64 has one form', () => {
  for (let length = 0; length < 20; ++length) {
    const bytes = webcrypto.getRandomValues(new Uint8Array(length));
    assert.equal(toBase64(bytes), Buffer.from(bytes).toString('base64'));
    assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
  }
  const large = new Uint8Array(200_000).fill(7);
  assert.deepEqual(fromBase64(toBase64(large)), large);
  for (const text of ['A', 'AA', 'AAA', 'AA=', 'AB==', 'AAB=', '====', 'A===', 'AA-_', 'AA==AA==', 'AAAA\n'])
    assert.throws(
      () => fromBase64(text),
      (error) => isPcqError(error, 'bad_encoding'),
      text,
    );
});
