// Transactions: the exact bytes of C++, and sequences as its wallet chooses them.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import {
  type Action,
  decodeCanonical,
  fromHex,
  isPcqError,
  KeyType,
  newUser,
  readTransaction,
  rotateKeys,
  sha256,
  SigningKey,
  signTransaction,
  toHex,
  TransactionBodySchema,
  TransactionSchema,
  transactionHash,
  Wallet,
} from 'pcq-client';

import { flipped, hex, vectors } from './vectors.js';

const given = vectors<{
  chain: string;
  transactions: { body: JsonValue; secrets: string[]; bytes: string; hash: string }[];
}>('transactions');
const chain = hex(given.chain);

function keyOf(secret: string): Promise<SigningKey> {
  return SigningKey.fromSecret({ type: KeyType.ED25519, bytes: fromHex(secret) });
}

test('bodies become the bytes, signatures and hashes of C++', async () => {
  assert.ok(given.transactions.length >= 8);
  for (const { body, secrets, bytes, hash } of given.transactions) {
    const fields = fromJson(TransactionBodySchema, body);
    const made = await signTransaction(fields, await Promise.all(secrets.map(keyOf)));
    assert.equal(toHex(made), bytes);
    assert.equal(toHex(transactionHash(chain, made)), hash);
    assert.equal(readTransaction(chain, made).sequence, fields.sequence);
  }
});

test('a wallet makes the same transaction from an action', async () => {
  const { bytes, hash, secrets } = given.transactions[1]!;
  const wallet = new Wallet(chain, await keyOf(secrets[0]!));
  wallet.learn({ sequenceTop: 299n });
  const action: Action = {
    case: 'sellSurplus',
    value: { period: 2027, grams: 12_500n, priceMinUyPerKg: 142_500n },
  };
  const signed = await wallet.sign(action, 300_000n);
  assert.deepEqual([toHex(signed.bytes), toHex(signed.hash), signed.sequence], [bytes, hash, 300n]);
});

test('proofs of possession are those of C++', async () => {
  const action = (index: number) => {
    const body = fromJson(TransactionBodySchema, given.transactions[index]!.body);
    return body.action;
  };
  const secret = (byte: number) => toHex(new Uint8Array(32).fill(byte));
  const registrar = (await keyOf(secret(1))).account();
  const users = action(6);
  assert.equal(users.case, 'registerUsers');
  const commitment = sha256(new TextEncoder().encode('salt and file'));
  assert.deepEqual(
    await newUser(chain, registrar, await keyOf(secret(5)), commitment),
    users.value?.users[0],
  );
  const rotation = action(7);
  assert.equal(rotation.case, 'rotateKeys');
  const keys = [await keyOf(secret(2)), await keyOf(secret(1))];
  assert.deepEqual(await rotateKeys(chain, registrar, keys, 2), rotation.value);
});

test('one flipped bit anywhere leaves no transaction', async () => {
  const bytes = hex(given.transactions[1]!.bytes);
  for (const other of flipped(bytes)) assert.throws(() => readTransaction(chain, other), isPcqError);
  for (let length = 0; length < bytes.length; ++length)
    assert.throws(() => readTransaction(chain, bytes.subarray(0, length)), isPcqError);
});

test('P-256 signs too', async () => {
  const key = await SigningKey.generate(KeyType.P256);
  const wallet = new Wallet(chain, key);
  for (let i = 0; i < 8; ++i) {
    const signed = await wallet.sign({ case: 'joinMarket', value: { period: 2027 } }, 10n);
    assert.equal(readTransaction(chain, signed.bytes).action.case, 'joinMarket');
  }
});

test('only canonical bytes are a message', () => {
  const { body } = decodeCanonical(TransactionSchema, hex(given.transactions[1]!.bytes))!;
  assert.ok(decodeCanonical(TransactionBodySchema, body));
  assert.equal(
    decodeCanonical(TransactionBodySchema, Uint8Array.of(...body, 0x98, 0x06, 0x01)),
    undefined,
    'unknown',
  );
  assert.equal(
    decodeCanonical(TransactionBodySchema, Uint8Array.of(...body, 0x18, 0x00)),
    undefined,
    'a default',
  );
  const swapped = Uint8Array.of(...body.subarray(34), ...body.subarray(0, 34));
  assert.equal(decodeCanonical(TransactionBodySchema, swapped), undefined, 'out of order');
});

async function walletAt(top: bigint): Promise<Wallet> {
  const wallet = new Wallet(chain, await SigningKey.generate());
  wallet.learn({ sequenceTop: top });
  return wallet;
}
const action: Action = { case: 'joinMarket', value: {} };

test('sequences count upwards from what the chain has shown', async () => {
  const wallet = await walletAt(7n);
  assert.equal((await wallet.sign(action, 1n)).sequence, 8n);
  wallet.learn({ sequenceTop: 3n });
  assert.equal((await wallet.sign(action, 1n)).sequence, 9n);
  wallet.learn({ sequenceTop: 30n });
  assert.equal((await wallet.sign(action, 1n)).sequence, 31n);
  const together = await Promise.all([1, 2, 3].map(() => wallet.sign(action, 1n)));
  assert.deepEqual(
    together.map(({ sequence }) => sequence),
    [32n, 33n, 34n],
  );
});

test('at most 256 are on their way, and the oldest makes room', async () => {
  const wallet = await walletAt(0n);
  const signed = [];
  for (let i = 0; i < 256; ++i) signed.push(await wallet.sign(action, 1n));
  const full = (error: unknown) =>
    isPcqError(error, 'sequences_used_up') && /from 1 to 256/.test(error.message);
  await assert.rejects(wallet.sign(action, 1n), full);
  wallet.committed(256n); // the newest does not: the oldest would leave the window
  await assert.rejects(wallet.sign(action, 1n), (error) => isPcqError(error, 'sequences_used_up'));
  wallet.committed(1n);
  assert.equal((await wallet.sign(action, 1n)).sequence, 257n);
  await assert.rejects(wallet.sign(action, 1n));
  wallet.givenUp(2n);
  assert.equal((await wallet.sign(action, 1n)).sequence, 258n);
});

test('what was given up makes no room beyond what the chain would take', async () => {
  const wallet = await walletAt(0n);
  for (let i = 0; i < 256; ++i) wallet.givenUp((await wallet.sign(action, 1n)).sequence);
  await assert.rejects(wallet.sign(action, 1n), (error) => isPcqError(error, 'sequences_used_up'));
  wallet.learn({ sequenceTop: 1n });
  assert.equal((await wallet.sign(action, 1n)).sequence, 257n);
});
