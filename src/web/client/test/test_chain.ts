// A chain of four validators made here, with real headers and certificates, one account in its state and transactions of
// that; and a node that serves it over HTTP and, if wanted, tells of blocks over a WebSocket. What the node answers, a
// test may bend.
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

import { create } from '@bufbuild/protobuf';
import {
  type AccountRecord,
  AccountRecordSchema,
  commitDigest,
  CommitCertificateSchema,
  encode,
  type Genesis,
  HeaderSchema,
  type Json,
  KeyType,
  fromBase64,
  fromHex,
  listRoot,
  PcqError,
  readTransaction,
  ReceiptSchema,
  sha256,
  SigningKey,
  tables,
  taggedHash,
  toBase64,
  toHex,
  transactionHash,
  ValidatorSet,
} from 'pcq-client';
import { ed25519 } from '@noble/curves/ed25519.js';
import { WebSocketServer } from 'ws';

import { ValidatorSetSchema } from '../dist/gen/proto/pcq/v1/keys_pb.js';
import { stateRoot } from '../dist/state_proof.js';

const chain = sha256(new TextEncoder().encode('test chain'));
const zeros = new Uint8Array(32);

interface TestBlock {
  header: Uint8Array;
  certificate: Uint8Array;
  transactions: Uint8Array[];
  receipts: Uint8Array[]; // none, unless the transactions are real ones
  account: Uint8Array | undefined; // the record after it
}

export class TestChain {
  readonly blocks: TestBlock[] = [];
  private account: { id: Uint8Array; record: AccountRecord } | undefined;
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
    this.close(names.map((name) => sha256(new TextEncoder().encode(name))));
  }
  /** A block of transactions with a receipt each, and one more, the last, of the block's own work if it `works`. */
  carryOut(transactions: Uint8Array[], works: boolean): void {
    const of = works ? [...transactions, zeros] : transactions;
    const receipts = of.map((transaction) => encode(ReceiptSchema, create(ReceiptSchema, { transaction })));
    this.close(transactions, receipts);
  }
  /** A block after which there is this account, and no other. */
  open(account: Uint8Array): void {
    this.account = { id: account, record: create(AccountRecordSchema, { threshold: 1 }) };
    this.close([]);
  }
  /** A block of one transaction of the account, which uses its sequence as the ledger does. */
  commit(bytes: Uint8Array): void {
    const { sequence } = readTransaction(chain, bytes);
    const { record } = this.account!;
    const used = new Set([...usedIn(record), sequence]);
    if (sequence > record.sequenceTop) record.sequenceTop = sequence;
    record.sequenceUsed = new Uint8Array(32);
    for (const one of used) {
      const below = Number(record.sequenceTop - one);
      if (below < 256) record.sequenceUsed[below >> 3]! |= 1 << (below & 7);
    }
    const transaction = transactionHash(chain, bytes);
    this.close([transaction], [encode(ReceiptSchema, create(ReceiptSchema, { transaction, text: 'done' }))]);
  }
  /** What the ledger would say now: nothing, if it takes it. */
  refusal(bytes: Uint8Array): PcqError | undefined {
    const { sequence, validUntilHeight } = readTransaction(chain, bytes);
    if (usedIn(this.account!.record).includes(sequence))
      return new PcqError('transaction_sequence_used', `sequence ${sequence} has been used`);
    return validUntilHeight <= BigInt(this.blocks.length)
      ? new PcqError('transaction_expired', `valid until ${validUntilHeight}`)
      : undefined;
  }

  private close(transactions: Uint8Array[], receipts: Uint8Array[] = []): void {
    const height = BigInt(this.blocks.length + 1);
    const account = this.account && encode(AccountRecordSchema, this.account.record);
    const records =
      account === undefined ? [] : [{ key: tables.accounts.key(this.account!.id), value: account }];
    const set = this.genesis.validators.hash(chain);
    const header = encode(
      HeaderSchema,
      create(HeaderSchema, {
        version: 1,
        chainId: chain,
        height,
        timeMs: height,
        previousHash: zeros,
        transactionCount: transactions.length,
        transactionsRoot: listRoot(transactions),
        receiptsRoot: listRoot(receipts.map((receipt) => taggedHash('receipt', chain, receipt))),
        stateRoot: stateRoot(records),
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
    this.blocks.push({ header, certificate, transactions, receipts, account });
  }
}

function usedIn({ sequenceTop, sequenceUsed }: AccountRecord): bigint[] {
  const used = [];
  for (let below = 0; below < 8 * sequenceUsed.length; ++below)
    if ((sequenceUsed[below >> 3]! >> (below & 7)) & 1) used.push(sequenceTop - BigInt(below));
  return used;
}

export type Answer = (method: string, params: Record<string, Json>) => Json;

const notFound = { code: -32000, message: 'no such block', data: { code: 3, name: 'not_found' } };

export class TestNode {
  private constructor(
    private readonly server: Server,
    private readonly sockets: WebSocketServer | undefined,
    readonly chain: TestChain,
  ) {}
  /** In place of its own answers; a PcqError that is thrown is a refusal. */
  bend: ((method: string, params: Record<string, Json>, honest: Answer) => Json) | undefined;
  /** In its place, as a proxy answers. */
  instead: { status: number; text: string } | undefined;
  /** Hashes of what was handed in, as often as it was. */
  readonly handedIn: string[] = [];
  subscriptions = 0;
  requests = 0;

  static async start(test: TestChain, options: { webSocket: boolean }): Promise<TestNode> {
    const server = createServer();
    const sockets = options.webSocket ? new WebSocketServer({ server, path: '/v1' }) : undefined;
    const node = new TestNode(server, sockets, test);
    server.on('request', (request, response) => {
      if (request.method !== 'POST') return response.writeHead(405).end();
      ++node.requests;
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        const { id, method, params } = JSON.parse(body) as {
          id: number;
          method: string;
          params: Record<string, Json>;
        };
        response.setHeader('Content-Type', 'application/json');
        const { instead } = node;
        if (instead !== undefined) return response.writeHead(instead.status).end(instead.text);
        return response.end(JSON.stringify({ jsonrpc: '2.0', id, ...node.resultOrError(method, params) }));
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

  private resultOrError(method: string, params: Record<string, Json>): { result: Json } | { error: Json } {
    const answer = (m: string, p: Record<string, Json>) => this.answer(m, p);
    try {
      const result = this.bend === undefined ? answer(method, params) : this.bend(method, params, answer);
      return result === null ? { error: notFound } : { result };
    } catch (error) {
      if (!(error instanceof PcqError)) throw error;
      const { code, reason: name, message } = error;
      return { error: { code: -32000, message, data: { code, name } } };
    }
  }

  // Handed in, it is at once in a block or refused.
  private submit(bytes: Uint8Array): Json {
    const hash = transactionHash(chain, bytes);
    this.handedIn.push(toHex(hash));
    if (this.transaction(hash) === null) {
      const refused = this.chain.refusal(bytes);
      if (refused !== undefined) throw refused;
      this.chain.commit(bytes);
    }
    return this.transaction(hash);
  }

  private transaction(hash: Uint8Array): Json {
    const wanted = toHex(hash);
    const at = this.chain.blocks.findIndex(({ transactions }) => transactions.map(toHex).includes(wanted));
    if (at < 0) return null;
    const { header, certificate, receipts } = this.chain.blocks[at]!;
    const proof = { header: toBase64(header), certificate: toBase64(certificate), index: 0 };
    const places = { transaction_count: 1, transaction_path: [], receipt_count: 1, receipt_path: [] };
    return {
      hash: wanted,
      status: 'committed',
      height: at + 1,
      index: 0,
      receipt: { code: 0, name: 'ok', text: 'done' },
      proof: { ...proof, ...places, receipt: toBase64(receipts[0]!) },
    };
  }

  private answer(method: string, params: Record<string, Json>): Json {
    if (method === 'submit') return this.submit(fromBase64(params['transaction'] as string));
    if (method === 'transaction') return this.transaction(fromHex(params['hash'] as string));
    const height = params['height'] === undefined ? this.chain.blocks.length : Number(params['height']);
    const block = this.chain.blocks[height - 1];
    if (block === undefined || !['block', 'totals', 'state'].includes(method)) return null;
    const [header, certificate] = [toBase64(block.header), toBase64(block.certificate)];
    if (method === 'state') {
      const value = block.account === undefined ? null : toBase64(block.account);
      return { height, header, certificate, records: [{ value, proof: '' }] }; // one leaf: no siblings
    }
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
