// One chain of a network as an application uses it: accounts, transactions that are proven to be final, blocks as
// they come. It trusts the genesis document and no node.
import { type JudgedAttestations, readAttestations } from './attestations.js';
import { type Bytes, toHex } from './bytes.js';
import { isPcqError, PcqError } from './error.js';
import { type Genesis, readGenesis } from './genesis.js';
import { type Fate, type Params, RpcClient, type RpcOptions } from './rpc_client.js';
import { type Json, member } from './json.js';
import { type News, news, type NewsOptions, type Topic } from './news.js';
import { type SigningKey } from './signing_key.js';
import { lineOptions } from './socket_line.js';
import { askCertificate, askStatement, type StatementOptions } from './statement_file.js';
import { tables } from './tables.js';
import { type Action } from './transaction.js';
import { type VerifiedBlock, VerifiedReader, type VerifiedTransaction } from './verified_reader.js';
import { Wake, type WakeOptions } from './wake.js';
import { type Signed, Wallet } from './wallet.js';

export interface ChainOptions extends RpcOptions, WakeOptions {
  /** One or more nodes of the network, as "http://127.0.0.1:8400". */
  nodes: string | string[];
  /** The chain's genesis document, from a source that is trusted. */
  genesis: Bytes | string;
}

/** Final, with its proof: the receipt's code 0 is done, any other says why nothing but the sequence was used. */
export interface Final extends VerifiedTransaction {
  status: 'final';
  hash: Bytes;
}
/** Not final in time, and it still may become so: submit the same again, or await() it. */
export interface Undecided {
  status: 'undecided';
  hash: Bytes;
}

const validFor = 100n; // blocks
const askAgainMs = 200;
const waitMsMax = 120_000; // that a node takes

export class ChainClient {
  readonly genesis: Genesis;
  readonly rpc: RpcClient;
  readonly reader: VerifiedReader;
  private readonly options: ChainOptions;

  /** bad_encoding: no genesis document. */
  constructor(options: ChainOptions) {
    this.options = options;
    this.genesis = readGenesis(options.genesis);
    this.rpc = new RpcClient(options.nodes, options);
    this.reader = new VerifiedReader(this.rpc, this.genesis);
  }

  /** The chain's id. */
  get chain(): Bytes {
    return this.genesis.chain;
  }

  /** A wallet of the account that the key opens, or of another one that it signs for. not_found: no such account. */
  async wallet(keys: SigningKey | [SigningKey, ...SigningKey[]], account?: Bytes): Promise<Wallet> {
    const wallet = new Wallet(this.chain, keys, account);
    const record = await this.reader.record(tables.accounts, [wallet.account]);
    if (record === null)
      throw new PcqError('not_found', `the chain has no account ${wallet.address()}; it must be registered`);
    wallet.learn(record);
    return wallet;
  }

  /**
   * Signs an action and submits it until it is proven to be final, or the time is up. What the node refuses before it
   * is in a block is thrown, with the node's reason (codes 1xxx and 2xxx).
   */
  async act(wallet: Wallet, action: Action, timeoutMs = 30_000): Promise<Final | Undecided> {
    return this.submit(wallet, await this.sign(wallet, action), timeoutMs);
  }

  /** Signs an action to be submitted within the next hundred blocks: its hash is known before anybody has seen it. */
  async sign(wallet: Wallet, action: Action): Promise<Signed> {
    const { height } = await this.reader.header();
    return wallet.sign(action, height + validFor);
  }

  /** The same for what has been signed; it may be submitted as often as one likes. */
  async submit(wallet: Wallet, signed: Signed, timeoutMs = 30_000): Promise<Final | Undecided> {
    const end = Date.now() + timeoutMs;
    let fate: Fate | undefined;
    while (fate?.status !== 'committed') {
      const left = end - Date.now();
      if (left <= 0) return { status: 'undecided', hash: signed.hash };
      try {
        const timeout = Math.max(1, Math.min(left, waitMsMax));
        fate = await this.rpc.submit(toHex(this.chain), signed.bytes, { wait: 'commit', timeoutMs: timeout });
      } catch (error) {
        if (!isPassing(error)) {
          wallet.givenUp(signed.sequence);
          throw error;
        }
      }
      if (fate?.status === 'rejected' || fate?.status === 'expired') {
        wallet.givenUp(signed.sequence);
        throw fate.status === 'rejected'
          ? fate.reason
          : new PcqError('transaction_expired', 'the last height of the transaction has passed without it');
      }
      if (fate?.status !== 'committed') await pause(Math.min(askAgainMs, left));
    }
    const final = await this.await(signed.hash, Math.max(end - Date.now(), 5_000));
    if (final.status === 'final') wallet.committed(signed.sequence);
    return final;
  }

  /** Until a transaction is proven to be final, or the time is up. */
  async await(hash: Bytes, timeoutMs = 30_000): Promise<Final | Undecided> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      try {
        return { status: 'final', hash, ...(await this.reader.transaction(hash)) };
      } catch (error) {
        if (!isPassing(error) && !isPcqError(error, 'not_found')) throw error;
      }
      if (Date.now() >= end) return { status: 'undecided', hash };
      await pause(askAgainMs);
    }
  }

  /**
   * Who has executed this chain, or another one, again, and how far; each attestation is held against the certified
   * header of its block. Other chains are checked where their clients are given.
   */
  attestations(others: ChainClient[] = []): Promise<JudgedAttestations> {
    return readAttestations(
      this.reader,
      others.map(({ reader }) => reader),
    );
  }

  /** A question to the contracts (docs/rpc.md): the node's `value`, which nothing proves. */
  async ask(method: string, params: Params = {}): Promise<Json> {
    const answer = await this.rpc.call(method, { chain: toHex(this.chain), ...params });
    return member(answer, 'value') ?? null;
  }

  /** A person's year as a file that proves itself to anybody (docs/audit.md); checkStatement reads it. */
  statement(account: Bytes, period: number, options: StatementOptions = {}): Promise<string> {
    return askStatement(this.rpc, this.genesis, account, period, options);
  }
  /** The settlement alone as such a file, for others. not_found: the account is not settled yet. */
  certificate(account: Bytes, period: number): Promise<string> {
    return askCertificate(this.rpc, this.genesis, account, period);
  }

  /**
   * What a node tells of a topic (docs/rpc.md, subscriptions), in order, none left out, through broken connections,
   * until the signal aborts. It is the node's word; blocks() has the proof of what is in them. height_pruned: no node
   * keeps blocks from there on.
   */
  news(topic: Topic, options: NewsOptions = {}): AsyncGenerator<News, void, undefined> {
    return news(this.rpc, toHex(this.chain), topic, { ...lineOptions(this.options), ...options });
  }

  /**
   * Every block from a height on (the next one, if none is given), proven, in order, none left out, until the signal
   * aborts. Connections that break and nodes that are away are waited for; a lie is thrown.
   */
  async *blocks(from?: bigint, signal?: AbortSignal): AsyncGenerator<VerifiedBlock, void, undefined> {
    const wake = new Wake(() => this.rpc.node, [toHex(this.chain)], this.options);
    try {
      let next = from ?? (await this.reader.header()).height + 1n;
      while (!signal?.aborted) {
        try {
          yield await this.reader.block(next);
          ++next;
        } catch (error) {
          if (!isPassing(error) && !isPcqError(error, 'not_found')) throw error;
          await wake.next(signal);
        }
      }
    } finally {
      wake.close();
    }
  }
}

// What goes by: a node that is away or busy.
function isPassing(error: unknown): boolean {
  if (isPcqError(error, 'node_unreachable', 'node_timed_out', 'too_many_requests')) return true;
  return error instanceof PcqError && passing.includes(error.reason);
}
const passing = ['stopped', 'mempool_full', 'mempool_account_full', 'limit_reached'];

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
