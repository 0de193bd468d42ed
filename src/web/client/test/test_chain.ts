// A chain of four validators made here, with real headers and certificates, and a node that serves it over HTTP and,
// if wanted, tells of blocks over a WebSocket. What the node answers, a test may bend.
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

import { create } from '@bufbuild/protobuf';
import {
  commitDigest,
  CommitCertificateSchema,
  encode,
  type Genesis,
  HeaderSchema,
  type Json,
  KeyType,
  listRoot,
  sha256,
  SigningKey,
  taggedHash,
  toBase64,
  toHex,
  ValidatorSet,
} from 'pcq-client';
import { ed25519 } from '@noble/curves/ed25519.js';
import { WebSocketServer } from 'ws';

import { ValidatorSetSchema } from '../dist/gen/proto/pcq/v1/keys_pb.js';

const chain = sha256(new TextEncoder().encode('test chain'));
const zeros = new Uint8Array(32);

interface TestBlock {
  header: Uint8Array;
  certificate: Uint8Array;
  transactions: Uint8Array[];
}

export class TestChain {
  readonly blocks: TestBlock[] = [];
  private constructor(
    private readonly secrets: Uint8Array[],
    readonly genesis: Pick<Genesis, 'chain' | 'validators'>,
  ) {}

  static async make(): Promise<TestChain> {
    const secrets = [1, 2, 3, 4].map((byte) => new Uint8Array(32).fill(byte));
    const keys = await Promise.all(
      secrets.map(async (bytes) => ({
        bytes,
        key: await SigningKey.fromSecret({ type: KeyType.ED25519, bytes: bytes.slice() }),
      })),
    );
    keys.sort((a, b) => a.key.publicKey.compare(b.key.publicKey));
    const validators = keys.map(({ key }, i) => ({
      name: `v${i}`,
      publicKey: { type: KeyType.ED25519, data: key.publicKey.data },
    }));
    const set = ValidatorSet.from(create(ValidatorSetSchema, { validators }));
    return new TestChain(
      keys.map(({ bytes }) => bytes),
      { chain, validators: set },
    );
  }

  append(...names: string[]): void {
    const height = BigInt(this.blocks.length + 1);
    const transactions = names.map((name) => sha256(new TextEncoder().encode(name)));
    const set = this.genesis.validators.hash(chain);
    const header = encode(
      HeaderSchema,
      create(HeaderSchema, {
        version: 1,
        chainId: chain,
        height,
        timeMs: height,
        previousHash: zeros,
        transactionCount: names.length,
        transactionsRoot: listRoot(transactions),
        receiptsRoot: zeros,
        stateRoot: zeros,
        totals: {},
        validatorsHash: set,
        nextValidatorsHash: set,
      }),
    );
    const hash = taggedHash('header', chain, header);
    const digest = commitDigest(chain, height, 0, hash);
    const signatures = [0, 1, 2].map((validator) => ({
      validator,
      signature: ed25519.sign(digest, this.secrets[validator]!),
    }));
    const certificate = encode(
      CommitCertificateSchema,
      create(CommitCertificateSchema, { height, blockHash: hash, signatures }),
    );
    this.blocks.push({ header, certificate, transactions });
  }
}

export type Answer = (method: string, params: Record<string, Json>) => Json;

const notFound = { code: -32000, message: 'no such block', data: { code: 3, name: 'not_found' } };

export class TestNode {
  private constructor(
    private readonly server: Server,
    private readonly sockets: WebSocketServer | undefined,
    readonly chain: TestChain,
  ) {}
  /** In place of its own answers. */
  bend: ((method: string, params: Record<string, Json>, honest: Answer) => Json) | undefined;
  subscriptions = 0;

  static async start(test: TestChain, options: { webSocket: boolean }): Promise<TestNode> {
    const server = createServer();
    const sockets = options.webSocket ? new WebSocketServer({ server, path: '/v1' }) : undefined;
    const node = new TestNode(server, sockets, test);
    server.on('request', (request, response) => {
      if (request.method !== 'POST') return response.writeHead(405).end();
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        const { id, method, params } = JSON.parse(body) as {
          id: number;
          method: string;
          params: Record<string, Json>;
        };
        const answer = (m: string, p: Record<string, Json>) => node.answer(m, p);
        const result = node.bend === undefined ? answer(method, params) : node.bend(method, params, answer);
        const failed = result === null ? { error: notFound } : { result };
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify({ jsonrpc: '2.0', id, ...failed }));
      });
      return undefined;
    });
    sockets?.on('connection', (socket) => {
      socket.on('message', () => ++node.subscriptions);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return node;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private answer(method: string, params: Record<string, Json>): Json {
    const height = params['height'] === undefined ? this.chain.blocks.length : Number(params['height']);
    const block = this.chain.blocks[height - 1];
    if (block === undefined || (method !== 'block' && method !== 'totals')) return null;
    const [header, certificate] = [toBase64(block.header), toBase64(block.certificate)];
    if (method === 'totals') return { height, header, certificate };
    return {
      height,
      header_bytes: header,
      certificate_bytes: certificate,
      transactions: block.transactions.map(toHex),
    };
  }

  /** Tells everybody who listens; what the message says does not matter. */
  notify(message = '{"jsonrpc":"2.0","method":"block","params":{}}'): void {
    for (const socket of this.sockets?.clients ?? []) socket.send(message);
  }
  get listeners(): number {
    return this.sockets?.clients.size ?? 0;
  }
  dropSockets(): void {
    for (const socket of this.sockets?.clients ?? []) socket.terminate();
  }

  async close(): Promise<void> {
    this.dropSockets();
    this.sockets?.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
