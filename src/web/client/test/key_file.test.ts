// Key files: what pcq writes is opened, what is written pcq opens (vectors_test.cc opens the same files).
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  changePassphrase,
  isPcqError,
  keyFileIn,
  KeyType,
  newKeyFile,
  openKeyFile,
  taggedHash,
  toHex,
} from 'pcq-client';

import { scrypt as browserScrypt } from '../dist/platform.js';
import { scrypt as nodeScrypt } from '../dist/platform_node.js';
import { vectorFile } from './vectors.js';

const passphrase = 'correct horse';

function refused(...reasons: Parameters<typeof isPcqError> extends [unknown, ...infer R] ? R : never) {
  return (error: unknown) => isPcqError(error, ...reasons);
}

test('files of pcq and of this package open', async () => {
  for (const name of ['pcq_ed25519', 'pcq_p256', 'js_ed25519', 'js_p256']) {
    const key = await openKeyFile(vectorFile(`${name}.pem`), passphrase);
    assert.equal(toHex(key.publicKey.encoded()), vectorFile(`${name}.pub`).trim(), name);
    assert.equal(key.handle?.extractable, false);
  }
});

test('a new file opens with its passphrase alone, and changes it', async () => {
  for (const type of [KeyType.ED25519, KeyType.P256]) {
    const { key, file } = await newKeyFile('pässword', type);
    await assert.rejects(openKeyFile(file, 'password'), refused('wrong_passphrase'));
    await assert.rejects(openKeyFile(file), refused('wrong_passphrase'));
    const changed = await changePassphrase(file, 'pässword', 'another');
    await assert.rejects(openKeyFile(changed, 'pässword'), refused('wrong_passphrase'));
    const opened = await openKeyFile(changed, 'another');
    assert.deepEqual(opened.publicKey, key.publicKey);
    const signature = await opened.sign('vector', new Uint8Array(32), new Uint8Array());
    assert.ok(key.publicKey.verify(taggedHash('vector', new Uint8Array(32), new Uint8Array()), signature));
  }
});

test('passphrases have 1 to 1000 bytes', async () => {
  for (const wrong of ['', 'x'.repeat(1001), 'é'.repeat(501)])
    await assert.rejects(newKeyFile(wrong), refused('bad_argument'));
});

test('a key that is not encrypted opens without a passphrase', async () => {
  // RFC 8410, 10.3; and P-256 as OpenSSL writes it.
  const file =
    '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n';
  assert.equal(
    toHex((await openKeyFile(file)).publicKey.data),
    '19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1',
  );
});

test('what is no key file is refused, whatever is wrong with it', async () => {
  const file = vectorFile('pcq_ed25519.pem');
  const [head, ...rest] = file.trim().split('\n');
  const body = rest.slice(0, -1).join('');
  const bytes = Buffer.from(body, 'base64');
  const wrap = (content: Uint8Array) =>
    `${head}\n${Buffer.from(content).toString('base64')}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
  assert.deepEqual(
    (await openKeyFile(wrap(bytes), passphrase)).publicKey,
    (await openKeyFile(file, passphrase)).publicKey,
  );
  for (const wrong of [
    '',
    'garbage',
    file.replaceAll('ENCRYPTED PRIVATE', 'PUBLIC'),
    file.slice(0, 100),
    ' '.repeat(70_000),
  ])
    await assert.rejects(openKeyFile(wrong, passphrase), refused('bad_key_file'));
  // Every byte of what is outside of the cipher text, changed: no key, and no work without bound.
  const outside = bytes.length - 80;
  for (let i = 0; i < outside; ++i) {
    const other = Uint8Array.from(bytes);
    other[i] = other[i]! ^ 0x41;
    await assert.rejects(
      openKeyFile(wrap(other), passphrase),
      refused('bad_key_file', 'wrong_passphrase'),
      `byte ${i}`,
    );
  }
  for (let length = 0; length < bytes.length; length += 7)
    await assert.rejects(
      openKeyFile(wrap(bytes.subarray(0, length)), passphrase),
      refused('bad_key_file', 'wrong_passphrase'),
    );
});

test('a key file cannot ask for work without bound', async () => {
  const content = vectorFile('pcq_ed25519.pem').split('\n').slice(1, -2).join('');
  const bytes = Buffer.from(content, 'base64');
  const cost = bytes.indexOf(Buffer.from('02024000020108020105', 'hex')); // N, r, p
  for (const [at, value] of [
    [6, 127], // r
    [9, 127], // p
    [2, 65], // N: no power of two
  ] as const) {
    const greedy = Buffer.from(bytes);
    greedy[cost + at] = value;
    const file = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${greedy.toString('base64')}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
    await assert.rejects(
      openKeyFile(file, passphrase),
      (error) => isPcqError(error, 'bad_key_file') && error.message.includes('more work'),
    );
  }
});

// The blocks to begin with count too: of 32 MiB a file could have asked for ten times as much, and for a minute.
test('a key file cannot ask for memory by any of its numbers', async () => {
  const cost = (N: number[], r: number[], p: number) => {
    const integer = (bytes: number[]) => [2, bytes.length, ...bytes];
    return costed([...integer(N), ...integer(r), ...integer([p])]);
  };
  for (const [N, r, p] of [
    [[2], [2, 0, 0], 16],
    [[2], [1, 0xff, 0xff], 16],
    [[2, 0, 0], [1], 1], // RFC 7914: N below 2^(16 r)
  ] as const) {
    const began = Date.now();
    await assert.rejects(openKeyFile(cost([...N], [...r], p), passphrase), refused('bad_key_file'));
    assert.ok(Date.now() - began < 1_000, 'nothing was worked out');
  }
  // Little work is no fault: the file is of another key, and that is what is said.
  for (const [N, r, p] of [
    [[2], [8], 1],
    [[2], [1], 16],
  ] as const)
    await assert.rejects(openKeyFile(cost([...N], [...r], p), passphrase), refused('wrong_passphrase'));
});

// The file of pcq with other numbers for scrypt.
function costed(numbers: number[]): string {
  const content = vectorFile('pcq_ed25519.pem').split('\n').slice(1, -2).join('');
  const bytes = [...Buffer.from(content, 'base64')];
  const [at, old] = [43, [2, 2, 0x40, 0, 2, 1, 8, 2, 1, 5]]; // N, r, p
  assert.deepEqual(bytes.slice(at, at + old.length), old);
  for (const length of [2, 4, 17, 19, 32]) bytes[length]! += numbers.length - old.length; // of what is around them
  bytes.splice(at, old.length, ...numbers);
  return `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${Buffer.from(bytes).toString('base64')}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
}

test('of a text with a key and more, the key alone is taken, and whether it is encrypted', () => {
  const encrypted = vectorFile('pcq_ed25519.pem');
  const plain =
    '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n';
  assert.deepEqual(keyFileIn(encrypted), { file: encrypted, isEncrypted: true });
  assert.deepEqual(keyFileIn(`NOT ENCRYPTED\n${plain}`), { file: plain, isEncrypted: false });
  assert.deepEqual(keyFileIn(`${encrypted}${plain}`), { file: encrypted, isEncrypted: true });
  for (const wrong of ['', encrypted.replaceAll('ENCRYPTED PRIVATE', 'PUBLIC')])
    assert.throws(() => keyFileIn(wrong), refused('bad_key_file'));
});

test('scrypt is the same in a browser and in Node', async () => {
  const secret = new TextEncoder().encode('secret');
  const cost = { N: 16, r: 8, p: 2 };
  assert.deepEqual(await browserScrypt(secret, secret, cost, 32), await nodeScrypt(secret, secret, cost, 32));
});
