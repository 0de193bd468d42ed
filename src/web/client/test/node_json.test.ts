// Messages read back from a node's JSON: the bytes are those that were hashed, and what is no such message is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  decode,
  encode,
  fromNodeJson,
  isPcqError,
  type Json,
  ReceiptSchema,
  toAddress,
  toHex,
} from 'pcq-client';

const account = new Uint8Array(32).fill(7);
const order = new Uint8Array(32).fill(9);

function receipt(filled: { [name: string]: Json } = {}): { [name: string]: Json } {
  const whole: { [name: string]: Json } = {
    order: toHex(order),
    account: toAddress(account),
    period: 2027,
    side: 'supply',
    grams: '12500',
    price_uy_per_kg: '60000',
    amount_uy: '-9007199254740993',
    fee_uy: 5,
    remaining_g: '0',
    ...filled,
  };
  return { transaction: '', code: 0, text: 'sold', events: [{ order_filled: whole }] };
}

test('every kind of field is read, and gives the bytes of the message', () => {
  const read = fromNodeJson(ReceiptSchema, receipt());
  assert.equal(read.text, 'sold');
  const [event] = read.events;
  assert.equal(event?.event.case, 'orderFilled');
  assert.deepEqual(
    { ...(event.event.value as object), $typeName: undefined },
    {
      $typeName: undefined,
      order,
      account,
      period: 2027,
      side: 2,
      grams: 12_500n,
      priceUyPerKg: 60_000n,
      amountUy: -9_007_199_254_740_993n,
      feeUy: 5n,
      remainingG: 0n,
    },
  );
  assert.deepEqual(decode(ReceiptSchema, encode(ReceiptSchema, read)), read);
});

test('what the message does not have is ignored, also what every object has', () => {
  const read = fromNodeJson(ReceiptSchema, {
    ...receipt(),
    constructor: 1,
    note: 'x',
  });
  assert.deepEqual(read, fromNodeJson(ReceiptSchema, receipt()));
  assert.equal(fromNodeJson(ReceiptSchema, {}).code, 0);
});

test('what is no such message is refused, and nothing is rounded', () => {
  const refused: [string, Json][] = [
    ['no object', 'receipt'],
    ['a list', []],
    ['text in place of a number', { code: '1' }],
    ['a number in place of text', { text: 1 }],
    ['no list of events', { events: {} }],
    ['an event that is no object', { events: [1] }],
    ['an unknown name of an enumeration', receipt({ side: 'both' })],
    ['an amount that a double cannot hold', receipt({ grams: 2 ** 53 })],
    ['an amount with decimals', receipt({ grams: '1.5' })],
    ['an amount that is too long', receipt({ grams: '123456789012345678901' })],
    ['no hexadecimal digits', receipt({ order: 'zz' })],
    ['an address with a wrong digit', receipt({ account: `${toAddress(account).slice(0, -1)}b` })],
    ['bytes that are no text', receipt({ order: 7 })],
  ];
  for (const [what, json] of refused)
    assert.throws(
      () => fromNodeJson(ReceiptSchema, json),
      (error: unknown) => isPcqError(error, 'answer_malformed'),
      what,
    );
});
