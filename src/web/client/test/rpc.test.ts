// JSON-RPC over fetch: what a node refuses, what it says badly, and nodes that do not answer.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';

import { isPcqError, PcqError, RpcClient } from 'pcq-client';

type Handler = (body: string, response: ServerResponse, request: IncomingMessage) => void;

async function serve(t: TestContext, handler: Handler): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => handler(body, response, request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answering(text: string, status = 200): Handler {
  return (_, response) => response.writeHead(status).end(text);
}
function result(value: unknown): Handler {
  return answering(JSON.stringify({ jsonrpc: '2.0', id: 1, result: value }));
}
function failing(reason: string) {
  return (error: unknown) => error instanceof PcqError && error.reason === reason;
}

test('calls go out as the node wants them', async (t) => {
  const seen: { body: string; type: string | undefined; url: string | undefined }[] = [];
  const node = await serve(t, (body, response, request) => {
    seen.push({ body, type: request.headers['content-type'], url: request.url });
    result({ fine: true })(body, response, request);
  });
  for (const address of [`${node}/`, ` ${node}\n`])
    assert.deepEqual(await new RpcClient(address).call('status', { chain: 'side' }), { fine: true });
  assert.deepEqual(JSON.parse(seen[0]!.body), {
    jsonrpc: '2.0',
    id: 1,
    method: 'status',
    params: { chain: 'side' },
  });
  assert.deepEqual([seen[0]!.type, seen[0]!.url], ['application/json', '/v1']);
  for (const wrong of ['', 'ht tp://x', 'http://'])
    assert.throws(() => new RpcClient(wrong), failing('bad_argument'), wrong);
  assert.throws(() => new RpcClient([]), failing('bad_argument'));
});

test('what one node has pruned another may have', async (t) => {
  const error = { code: -32000, message: 'pruned', data: { code: 5003, name: 'height_pruned' } };
  const pruned = await serve(t, answering(JSON.stringify({ jsonrpc: '2.0', id: 1, error })));
  const archive = await serve(t, result({ height: 5 }));
  assert.deepEqual(await new RpcClient([pruned, archive]).call('block', { height: '5' }), { height: 5 });
  await assert.rejects(new RpcClient([pruned, pruned]).call('block'), failing('height_pruned'));
});

test('what the node refuses has its own number, name and words', async (t) => {
  const error = {
    code: -32000,
    message: 'sequence 7 has been used',
    data: { code: 2004, name: 'transaction_sequence_used' },
  };
  const node = await serve(t, answering(JSON.stringify({ jsonrpc: '2.0', id: 1, error })));
  await assert.rejects(new RpcClient(node).call('submit'), (caught) => {
    assert.ok(caught instanceof PcqError);
    assert.deepEqual(
      [caught.code, caught.reason, caught.message],
      [2004, 'transaction_sequence_used', 'sequence 7 has been used'],
    );
    return true;
  });
});

test('what is no JSON-RPC is answer_malformed', async (t) => {
  for (const text of [
    '',
    'garbage',
    '[]',
    '{}',
    'null',
    '7',
    '{"jsonrpc":"2.0"}',
    '{"jsonrpc":"2.0","error":{}}',
    '{"jsonrpc":"2.0","error":null}',
  ])
    await assert.rejects(
      new RpcClient(await serve(t, answering(text))).call('status'),
      failing('answer_malformed'),
      text,
    );
  await assert.rejects(
    new RpcClient(await serve(t, answering('no', 404))).call('status'),
    (error) => isPcqError(error, 'answer_malformed') && error.message.includes('404'),
  );
  await assert.rejects(
    new RpcClient(await serve(t, answering('', 503))).call('status'),
    failing('too_many_requests'),
  );
  for (const status of [502, 504])
    await assert.rejects(
      new RpcClient(await serve(t, answering('<html>', status))).call('status'),
      (error) => isPcqError(error, 'node_unreachable') && error.message.includes(`${status}`),
    );
});

test('a node that is gone or silent has the next one asked', async (t) => {
  const silent = await serve(t, () => undefined);
  const good = await serve(t, result('good'));
  const gone = 'http://127.0.0.1:9';
  await assert.rejects(new RpcClient(gone).call('status'), failing('node_unreachable'));
  await assert.rejects(new RpcClient(silent, { timeoutMs: 30 }).call('status'), failing('node_timed_out'));
  const client = new RpcClient([gone, silent, good], { timeoutMs: 1_000 });
  assert.equal(await client.call('status'), 'good');
  assert.equal(client.node, good, 'and stays the one that is asked');
  await assert.rejects(new RpcClient([gone, silent], { timeoutMs: 30 }).call('status'), PcqError);
});

test('a batch has each call answered or refused by itself', async (t) => {
  const error = { code: -32000, message: 'none', data: { code: 3, name: 'not_found' } };
  const node = await serve(
    t,
    answering(
      JSON.stringify([
        { jsonrpc: '2.0', id: 2, result: 'third' },
        { jsonrpc: '2.0', id: 0, error },
      ]),
    ),
  );
  const results = await new RpcClient(node).batch([{ method: 'a' }, { method: 'b' }, { method: 'c' }]);
  assert.ok(failing('not_found')(results[0]));
  assert.ok(failing('answer_malformed')(results[1]));
  assert.equal(results[2], 'third');
  assert.deepEqual(await new RpcClient(node).batch([]), []);
  await assert.rejects(
    new RpcClient(node).batch([{ method: 'a' }]),
    failing('answer_malformed'),
    'ids that were not asked',
  );
});

test('an answer without end is cut off', async (t) => {
  const node = await serve(t, (_, response) => {
    const part = Buffer.alloc(1 << 20, 32);
    const more = () => {
      while (!response.destroyed && response.write(part));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  });
  await assert.rejects(
    new RpcClient(node, { timeoutMs: 60_000 }).call('status'),
    failing('answer_malformed'),
  );
});

test('fates are read as docs/rpc.md writes them', async (t) => {
  const hash = '5a'.repeat(32);
  const receipt = { code: 3504, name: 'market_surplus_exceeded', text: 'too much', events: [] };
  const committed = { hash, status: 'committed', height: 7, index: 2, receipt };
  const fate = async (value: unknown) =>
    new RpcClient(await serve(t, result(value))).submit('side', new Uint8Array(3));
  const read = await fate(committed);
  assert.equal(read.status, 'committed');
  assert.deepEqual(read, {
    status: 'committed',
    hash: new Uint8Array(32).fill(0x5a),
    height: 7n,
    index: 2,
    receipt: { code: 3504, name: 'market_surplus_exceeded', text: 'too much' },
  });
  assert.equal((await fate({ hash, status: 'pending' })).status, 'pending');
  assert.equal((await fate({ hash, status: 'unknown' })).status, 'unknown');
  assert.equal((await fate({ hash, status: 'expired' })).status, 'expired');
  const reason = { code: 2004, name: 'transaction_sequence_used', message: 'sequence 7 has been used' };
  const rejected = await fate({ hash, status: 'rejected', reason });
  assert.ok(rejected.status === 'rejected' && rejected.reason.reason === 'transaction_sequence_used');
  assert.equal(rejected.reason.message, 'sequence 7 has been used');
  const wrong = [
    { ...committed, height: -1 },
    { ...committed, receipt: null },
    { ...committed, index: '2' },
    { hash, status: 'lost' },
    { hash, status: 'rejected' },
    { status: 'pending' },
    { hash: '5a', status: 'pending' },
    null,
  ];
  for (const value of wrong)
    await assert.rejects(fate(value), failing('answer_malformed'), JSON.stringify(value));
});
