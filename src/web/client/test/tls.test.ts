// Nodes behind https: in Node, NODE_EXTRA_CA_CERTS names the authority, for calls and for WebSockets alike.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { WebSocketServer } from 'ws';

import { vectors } from './vectors.js';

const run = promisify(execFile);
const { genesis } = vectors<{ genesis: string }>('chain');

// Asks a node, and follows it for one block.
const program = `
import { RpcClient, ChainClient } from 'pcq-client';
import { WebSocket } from 'ws';
const [node, genesis] = process.argv.slice(1);
console.log(JSON.stringify(await new RpcClient(node).call('chains')));
const chain = new ChainClient({ nodes: [node], genesis });
for await (const { height } of chain.news('blocks', { from: 7n, webSocket: WebSocket })) {
  console.log(String(height));
  break;
}
process.exit(0);
`;

async function certificate(folder: string): Promise<{ cert: Buffer; key: Buffer; file: string }> {
  const [file, key] = [join(folder, 'node.crt'), join(folder, 'node.key')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const name = ['-subj', '/CN=node', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await run('openssl', [
    'req',
    '-x509',
    '-nodes',
    '-days',
    '1',
    ...curve,
    ...name,
    '-keyout',
    key,
    '-out',
    file,
  ]);
  return { cert: readFileSync(file), key: readFileSync(key), file };
}

test('a node is asked and followed over TLS by who knows its authority, and by nobody else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pcq-web-tls-'));
  const own = await certificate(folder);
  const server = createServer(own, (request, response) => {
    request.resume().on('end', () => response.end('{"jsonrpc":"2.0","id":1,"result":["over TLS"]}'));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) =>
    socket.on('message', () => {
      socket.send('{"jsonrpc":"2.0","id":1,"result":{"subscription":1,"from_height":7,"height":6}}');
      socket.send('{"jsonrpc":"2.0","method":"notification","params":{"subscription":1,"height":7}}');
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const node = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = (environment: { [name: string]: string }) =>
      run(process.execPath, ['--input-type=module', '-e', program, node, genesis], {
        env: { ...process.env, ...environment },
      });
    const { stdout } = await ask({ NODE_EXTRA_CA_CERTS: own.file });
    assert.deepEqual(stdout.trim().split('\n'), ['["over TLS"]', '7']);
    await assert.rejects(ask({}), /node_unreachable|self.signed certificate/);
  } finally {
    sockets.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  }
});
