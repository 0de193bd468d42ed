// Lists that come in pages, from a node that gives two of three entries at a time, or as many as are asked for.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ChainClient, type Json, PcqError } from 'pcq-client';

import { vectors } from './vectors.js';

type Asked = { [name: string]: Json };

const genesis = vectors<{ genesis: string }>('chain').genesis;
const all = ['a', 'b', 'c'];

function honest({ cursor, limit }: Asked): Json {
  const from = Number(cursor ?? 0);
  const to = from + Number(limit ?? 2);
  const page = { height: 7, value: { users: all.slice(from, to) } };
  return to < all.length ? { ...page, next: to.toString() } : page;
}

function start(answer: (params: Asked) => Json) {
  const asked: Asked[] = [];
  const node = (_: unknown, init?: RequestInit) => {
    const { id, params } = JSON.parse(init!.body as string) as { id: number; params: Asked };
    asked.push(params);
    return Promise.resolve(new Response(JSON.stringify({ jsonrpc: '2.0', id, result: answer(params) })));
  };
  return { client: new ChainClient({ nodes: 'http://127.0.0.1', genesis, fetch: node }), asked };
}

async function usersOf(pages: AsyncIterable<Json>): Promise<string[][]> {
  const read: string[][] = [];
  for await (const page of pages) read.push((page as { users: string[] }).users);
  return read;
}

test('all pages are asked for, of the state that the first is of', async () => {
  const { client, asked } = start(honest);
  assert.deepEqual(await usersOf(client.pages('users')), [['a', 'b'], ['c']]);
  assert.deepEqual(
    asked.map(({ height, cursor }) => [height, cursor]),
    [
      [undefined, undefined],
      ['7', '2'],
    ],
  );
});

test('pages have the size that is asked for, and no more are asked for than are taken', async () => {
  const { client, asked } = start(honest);
  assert.deepEqual(await usersOf(client.pages('users', { limit: 3 })), [all]);
  assert.equal(asked.length, 1);
  assert.deepEqual(await usersOf(client.pages('users', { limit: 1 })), [['a'], ['b'], ['c']]);
  asked.length = 0;
  for await (const page of client.pages('users', { limit: 1 })) {
    assert.deepEqual(page, { users: ['a'] });
    break;
  }
  assert.equal(asked.length, 1);
});

test('a node whose page is followed by itself is not asked again and again', async () => {
  const { client, asked } = start(() => ({ height: 7, value: { users: all }, next: '2' }));
  await assert.rejects(
    usersOf(client.pages('users')),
    (error) => error instanceof PcqError && error.reason === 'answer_malformed',
  );
  assert.equal(asked.length, 2);
});

test('an answer without a value is given whole, and its pages too', async () => {
  const pieces = ['one', 'two'];
  const { client, asked } = start(({ cursor }) =>
    cursor === undefined ? { pieces: pieces.slice(0, 1), next: '1' } : { pieces: pieces.slice(1) },
  );
  assert.deepEqual(await client.ask('evidence'), { pieces: ['one'], next: '1' });
  const read: Json[] = [];
  for await (const page of client.pages('evidence')) read.push((page as { pieces: Json }).pieces);
  assert.deepEqual(read, [['one'], ['two']]);
  assert.deepEqual(
    asked.map(({ height }) => height),
    [undefined, undefined, undefined],
  );
});

test('a value that is nothing is nothing', async () => {
  const { client } = start(() => ({ height: 7, value: null }));
  assert.equal(await client.ask('settlement'), null);
});
