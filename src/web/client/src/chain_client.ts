// One chain of a network as an application uses it: accounts, transactions that are proven to be final, blocks as
// they come. It trusts the genesis document and no node.
import { type JudgedAttestations, readAttestations } from './attestations.js';
import { type Bytes, toHex } from './bytes.js';
import { isPcqError, PcqError } from './error.js';
import { type Genesis, readGenesis } from './genesis.js';
import { type Params, RpcClient, type RpcOptions } from './rpc_client.js';
import { integerIn, type Json, malformed, member } from './json.js';
import { Lookout } from './lookout.js';
import { type News, news, type NewsOptions, type Topic } from './news.js';
import { outlookOf } from './outlook.js';
import { type SigningKey } from './signing_key.js';
import { lineOptions } from './socket_line.js';
import { askCertificate, askStatement, type StatementOptions } from './statement_file.js';
import { tables } from './tables.js';
import { type Action } from './transaction.js';
import { type VerifiedBlock, VerifiedReader, type VerifiedTransaction } from './verified_reader.js';
import { pauseMsOf, Wake, type WakeOptions } from './wake.js';
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
/** The same, with what to submit again. To sign the action anew instead might carry it out twice. */
export interface Unsettled extends Undecided {
  signed: Signed;
  /** It is proven to be in this block, and so is over; what became of it there no node has shown yet. */
  height?: bigint;
  /** Why it is not on its way: what a node said last, which nothing proves, or a lie that it told. */
  refusal?: PcqError;
}
/** Proven: it is in no block and never will be. transaction_expired, transaction_sequence_used. */
export interface Never {
  status: 'never';
  hash: Bytes;
  why: PcqError;
}

const validFor = 100n; // blocks
const askAgainMs = 200;
const waitMsMax = 120_000; // that a node takes
const turnMs = 10_000; // of it, where another node may do better
const lookMs = 2_000; // without a transaction
const lookPauses = 5; // without a block

export class ChainClient {
  readonly genesis: Genesis;
  readonly rpc: RpcClient;
  readonly reader: VerifiedReader;
  private readonly options: ChainOptions;
  private lookout: Lookout | undefined;

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
   * Signs an action and submits it until it is proven to be final, or to have no way to become so, or the time is up.
   * Undecided is no failure: act() again might carry the action out twice, submit() what is in `signed` cannot.
   */
  async act(wallet: Wallet, action: Action, timeoutMs = 30_000): Promise<Final | Unsettled> {
    return this.submit(wallet, await this.sign(wallet, action), timeoutMs);
  }

  /**
   * Signs an action to be submitted within the next hundred blocks: its hash is known before anybody has seen it. In the
   * place of an undecided one: at most one of the two is ever carried out.
   */
  async sign(wallet: Wallet, action: Action, inPlaceOf?: Signed): Promise<Signed> {
    const { height } = await this.reader.header();
    return { ...(await wallet.sign(action, height + validFor, inPlaceOf)), signedAfter: height };
  }

  /**
   * The same for what has been signed; it may be submitted as often as one likes. Thrown is only what is proven:
   * transaction_expired and transaction_sequence_used. Where nodes merely say so, the same transaction is sent again
   * until the time is up; where all of them refuse it for another reason, it is undecided at once. A node that holds it
   * and shows no block with it may be cut off, and after a while the next one is handed it as well.
   */
  async submit(wallet: Wallet, signed: Signed, timeoutMs = 30_000): Promise<Final | Unsettled> {
    const end = Date.now() + timeoutMs;
    const waitMs = this.rpc.nodes.length > 1 ? turnMs : waitMsMax;
    const refusing = new Set<string>();
    for (;;) {
      const node = this.rpc.node;
      const said = await this.handIn(signed, Math.max(1, Math.min(end - Date.now(), waitMs)));
      const shown = said === 'waiting' ? unsettled(signed) : await this.settleOrWhyNot(wallet, signed);
      if (shown.status === 'final') return shown;
      if (shown.status === 'never') throw shown.why;
      this.rpc.turnFrom(node); // it had no proof
      if (said instanceof PcqError) {
        shown.refusal ??= said;
        if (!mayBeProven.includes(said.reason)) refusing.add(node);
      }
      const isRefusedByAll = refusing.size >= this.rpc.nodes.length && shown.height === undefined;
      if (isRefusedByAll || Date.now() >= end) return shown;
      await pause(Math.min(askAgainMs, end - Date.now()));
    }
  }

  /** What is proven of a transaction by now; nothing is sent. A lie is thrown, and what keeps a node from answering. */
  async settle(wallet: Wallet, signed: Signed): Promise<Final | Never | Unsettled> {
    const shown = await this.look(wallet.account, signed);
    if (shown.status === 'final') wallet.committed(signed.sequence);
    if (shown.status === 'never') wallet.givenUp(signed.sequence);
    return shown;
  }

  /** The same for whoever has no key of the account. */
  async look(account: Bytes, signed: Signed): Promise<Final | Never | Unsettled> {
    const shown = await this.await(signed.hash, 0);
    if (shown.status === 'final') return shown;
    const outlook = await outlookOf(this.reader, account, signed);
    if (outlook.status === 'in_block') return { ...unsettled(signed), height: outlook.height };
    if (outlook.status === 'open') {
      void this.lookAround(); // for who asks again
      return unsettled(signed);
    }
    return { status: 'never', hash: signed.hash, why: outlook.why };
  }

  private async settleOrWhyNot(wallet: Wallet, signed: Signed): Promise<Final | Never | Unsettled> {
    try {
      return await this.settle(wallet, signed);
    } catch (error) {
      if (!(error instanceof PcqError)) throw error;
      return isPassing(error) ? unsettled(signed) : { ...unsettled(signed), refusal: error };
    }
  }

  // All of it is the node's word.
  private async handIn(signed: Signed, timeoutMs: number): Promise<'committed' | 'waiting' | PcqError> {
    try {
      const wanted = { wait: 'commit', timeoutMs } as const;
      const fate = await this.rpc.submit(toHex(this.chain), signed.bytes, wanted);
      if (fate.status === 'rejected') return fate.reason;
      if (fate.status === 'expired')
        return new PcqError(
          'transaction_expired',
          'the node says that its last height has passed without it',
        );
      return fate.status === 'committed' ? 'committed' : 'waiting';
    } catch (error) {
      if (!(error instanceof PcqError)) throw error;
      return isPassing(error) ? 'waiting' : error;
    }
  }

  /** Until a transaction is proven to be final, or the time is up. */
  async await(hash: Bytes, timeoutMs = 30_000): Promise<Final | Undecided> {
    const end = Date.now() + timeoutMs;
    let looked = Date.now();
    for (;;) {
      try {
        return { status: 'final', hash, ...(await this.reader.transaction(hash)) };
      } catch (error) {
        if (!isPassing(error) && !isPcqError(error, 'not_found')) throw error;
      }
      if (Date.now() - looked >= lookMs) {
        looked = Date.now();
        void this.lookAround();
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

  /**
   * Any question of docs/rpc.md: the `value` of the node's answer, or all of an answer that has none. Nothing proves it.
   */
  async ask(method: string, params: Params = {}): Promise<Json> {
    const answer = await this.rpc.call(method, { chain: toHex(this.chain), ...params });
    return valueOf(answer);
  }

  /**
   * The same of a list that comes in pages: the `value` of one after the other, all of the state that the first is of.
   * answer_malformed: the node goes in circles.
   */
  async *pages(method: string, params: Params = {}): AsyncGenerator<Json, void, undefined> {
    let asked: Params = { chain: toHex(this.chain), ...params };
    while (true) {
      const answer = await this.rpc.call(method, asked);
      yield valueOf(answer);
      const cursor = member(answer, 'next');
      if (cursor === undefined) return;
      if (cursor === asked['cursor']) throw malformed(`the node's page of "${method}" is followed by itself`);
      const height =
        member(answer, 'height') === undefined ? {} : { height: integerIn(answer, 'height').toString() };
      asked = { ...asked, ...height, cursor };
    }
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
   * aborts. Connections that break, nodes that are away and proxies that answer for them are waited for; a lie is thrown.
   * Where none comes for a while, the other nodes are asked how far they are.
   */
  async *blocks(from?: bigint, signal?: AbortSignal): AsyncGenerator<VerifiedBlock, void, undefined> {
    const wake = new Wake(() => this.rpc.node, [toHex(this.chain)], this.options);
    const lookAfterMs = lookPauses * pauseMsOf(this.options);
    let next = from;
    let looked = Date.now();
    try {
      while (!signal?.aborted) {
        try {
          next ??= (await this.reader.header()).height + 1n;
          yield await this.reader.block(next);
          ++next;
          looked = Date.now();
        } catch (error) {
          if (!isPassing(error) && !isPcqError(error, 'not_found')) throw error;
          if (Date.now() - looked >= lookAfterMs) {
            looked = Date.now();
            void this.lookAround().then((isFound) => isFound && wake.hint());
          }
          await wake.next(signal);
        }
      }
    } finally {
      wake.close();
    }
  }

  // It never throws. Whether another node has the turn now.
  private lookAround(): Promise<boolean> {
    this.lookout ??= new Lookout(this.rpc, this.reader, this.options);
    return this.lookout.look();
  }
}

function unsettled(signed: Signed): Unsettled {
  return { status: 'undecided', hash: signed.hash, signed };
}

// Of what nodes say against a transaction, what outlookOf() finds out sooner or later.
const mayBeProven = ['transaction_expired', 'transaction_sequence_used'];

// What goes by: nodes that are away, busy or behind, or something else that answers in their place.
function isPassing(error: unknown): boolean {
  return error instanceof PcqError && passing.includes(error.reason);
}
const passing = [
  'node_unreachable',
  'node_timed_out',
  'too_many_requests',
  'answer_malformed',
  'answer_stale',
  'stopped',
  'mempool_full',
  'mempool_account_full',
  'limit_reached',
];

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function valueOf(answer: Json): Json {
  return member(answer, 'value') === undefined ? answer : member(answer, 'value')!;
}
