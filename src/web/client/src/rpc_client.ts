// A node's RPC as calls (docs/rpc.md), over fetch. What the node refuses is a PcqError with the node's own number,
// name and message; node_unreachable, node_timed_out and answer_malformed are about the way there.
//
// Nothing here is checked: what comes back is the node's word. VerifiedReader checks.
import { type Bytes, toBase64, toHex } from './bytes.js';
import { isPcqError, PcqError, type Reason } from './error.js';
import { type HttpAnswer, post } from './http.js';
import { countIn, hashFrom, integerIn, type Json, malformed, member, textIn } from './json.js';

export interface RpcOptions {
  /** In place of the platform's. */
  fetch?: typeof fetch;
  /** Per request. */
  timeoutMs?: number;
}

export type Params = { [name: string]: Json };

/**
 * What became of a transaction, as a node says. A receipt's code 0 is done; any other says why not. Rejected: before any
 * block, for this reason; expired: its last height has passed without it, it never will be.
 */
export type Fate =
  | { status: 'unknown' | 'pending' | 'expired'; hash: Bytes }
  | { status: 'rejected'; hash: Bytes; reason: PcqError }
  | {
      status: 'committed';
      hash: Bytes;
      height: bigint;
      index: number;
      receipt: { code: number; name: string; text: string };
    };

export interface SubmitOptions {
  /** Until the mempool has it, or until a block has it. */
  wait?: 'admission' | 'commit';
  /** The node answers by then, with the fate as it is; 1 to 120,000. */
  timeoutMs?: number;
}

const graceMs = 5_000; // for the way there and back, beyond what the node may wait

export class RpcClient {
  readonly nodes: readonly string[];
  private readonly fetch: typeof fetch;
  private readonly timeoutMs: number;
  private turn = 0; // of the nodes: the one that answered last

  /**
   * The addresses of one or more nodes, as "http://127.0.0.1:8400". One is asked, and when it cannot be reached, is
   * silent, stops or is behind, the next, each at most once a call. bad_argument.
   */
  constructor(nodes: string | string[], options: RpcOptions = {}) {
    this.nodes = (Array.isArray(nodes) ? nodes : [nodes]).map(nodeAddress);
    if (this.nodes.length === 0) throw new PcqError('bad_argument', 'no node is named');
    this.fetch = options.fetch ?? ((...request) => globalThis.fetch(...request));
    this.timeoutMs = options.timeoutMs ?? 30_000;
  }

  /** The node that is asked next. */
  get node(): string {
    return this.nodes[this.turn]!;
  }
  /** For those who ask a node by other ways than this: it does not answer, the next one has its turn. */
  turnFrom(node: string): void {
    if (node === this.node) this.turn = (this.turn + 1) % this.nodes.length;
  }
  /** It is known to have more than the others, and is asked next. */
  turnTo(node: string): void {
    if (this.nodes.includes(node)) this.turn = this.nodes.indexOf(node);
  }

  async call(method: string, params: Params = {}, timeoutMs = this.timeoutMs): Promise<Json> {
    return this.ask(bodyOf(method, params), timeoutMs, soleResult);
  }

  /**
   * A call whose answer counts when it has been read: what `read` throws is taken as if the node had refused. Beside
   * what has the next node asked in any case, the reasons in `also` do.
   */
  async callFor<T>(
    method: string,
    params: Params,
    read: (result: Json) => T | Promise<T>,
    also: readonly Reason[] = [],
  ): Promise<T> {
    const body = bodyOf(method, params);
    return this.ask(body, this.timeoutMs, (answer) => read(soleResult(answer)), also);
  }

  /** One request; results and errors in the order of the calls. */
  async batch(calls: { method: string; params?: Params }[]): Promise<(Json | PcqError)[]> {
    if (calls.length === 0) return [];
    const body = JSON.stringify(
      calls.map(({ method, params }, id) => ({ jsonrpc: '2.0', id, method, params: params ?? {} })),
    );
    return this.ask(body, this.timeoutMs, (answer) => {
      const parsed = parse(answer);
      if (!Array.isArray(parsed)) throw refusedAs(answer, parsed);
      const results = calls.map((): Json | PcqError => malformed('a call was not answered'));
      for (const entry of parsed) {
        const id = countIn(entry, 'id');
        if (id >= calls.length) throw malformed('an answer to a call that was not made');
        try {
          results[id] = resultOf(entry);
        } catch (error) {
          results[id] = error as PcqError;
        }
      }
      return results;
    });
  }

  /** Sent again it is safe: the transaction's hash is its idempotency key. */
  async submit(chain: string, transaction: Bytes, options: SubmitOptions = {}): Promise<Fate> {
    const timeoutMs = options.timeoutMs ?? 10_000;
    const params = {
      chain,
      transaction: toBase64(transaction),
      wait: options.wait ?? 'admission',
      timeout_ms: timeoutMs,
    };
    return fateFrom(await this.call('submit', params, timeoutMs + graceMs));
  }

  async transaction(chain: string, hash: Bytes): Promise<Fate> {
    return fateFrom(await this.call('transaction', { chain, hash: toHex(hash) }));
  }

  // Each node once, in the order of this call, whatever turns others take meanwhile: two calls must not pass a node by
  // together, nor send each other back and forth.
  private async ask<T>(
    body: string,
    timeoutMs: number,
    read: (answer: HttpAnswer) => T | Promise<T>,
    also: readonly string[] = [],
  ): Promise<T> {
    const first = this.turn;
    let failed: PcqError | undefined;
    for (let tried = 0; tried < this.nodes.length; ++tried) {
      const node = this.nodes[(first + tried) % this.nodes.length]!;
      try {
        return await read(await post(this.fetch, node, body, timeoutMs));
      } catch (error) {
        if (!(error instanceof PcqError)) throw error;
        if (!anotherNodeMayAnswer.includes(error.reason) && !also.includes(error.reason)) throw error;
        this.turnFrom(node);
        // That nodes are behind is said only when all of them are: one that gave no answer may not be.
        if (failed === undefined || !isPcqError(error, 'answer_stale', 'not_found')) failed = error;
      }
    }
    throw failed!;
  }
}

const anotherNodeMayAnswer = [
  'node_unreachable',
  'node_timed_out',
  'answer_malformed',
  'answer_stale',
  'stopped',
  'height_pruned',
];

function nodeAddress(text: string): string {
  const address = text.trim(); // as it may come out of a file or a form
  const withScheme = /^[a-z]+:\/\//i.test(address) ? address : `http://${address}`;
  if (!isUrl(withScheme))
    throw new PcqError(
      'bad_argument',
      `"${text}" is no address of a node; write it as http://127.0.0.1:8400`,
    );
  return withScheme.replace(/\/+$/, '');
}

function isUrl(text: string): boolean {
  try {
    return new URL(text).host !== '';
  } catch {
    return false;
  }
}

function bodyOf(method: string, params: Params): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
}

function soleResult(answer: HttpAnswer): Json {
  const parsed = parse(answer);
  if (member(parsed, 'jsonrpc') !== '2.0') throw refusedAs(answer, parsed);
  return resultOf(parsed);
}

function parse(answer: HttpAnswer): Json {
  try {
    return JSON.parse(answer.text) as Json;
  } catch {
    throw refusedAs(answer, undefined);
  }
}

// An answer below JSON-RPC: a connection that was turned away, or a request that the node or a proxy refused.
function refusedAs(answer: HttpAnswer, parsed: Json | undefined): PcqError {
  const error = member(parsed, 'error');
  if (error !== undefined && typeof error === 'object') return errorFrom(error);
  if (answer.status === 503)
    return new PcqError('too_many_requests', 'the node takes no further connection now; try again');
  if (answer.status > 501)
    return new PcqError(
      'node_unreachable',
      `what answers for the node is HTTP ${answer.status}, and no node`,
    );
  return malformed(`the node's answer is no JSON-RPC 2.0: HTTP ${answer.status}`);
}

function resultOf(answer: Json): Json {
  const error = member(answer, 'error');
  if (error !== undefined) throw errorFrom(error);
  const result = member(answer, 'result');
  if (result === undefined) throw malformed("the node's answer has neither result nor error");
  return result;
}

function errorFrom(error: Json): PcqError {
  const data = member(error, 'data');
  const code = member(data, 'code');
  const name = member(data, 'name');
  const message = member(error, 'message');
  const text = typeof message === 'string' ? message : '';
  if (typeof code !== 'number' || !Number.isSafeInteger(code) || code <= 0 || typeof name !== 'string')
    return malformed(`the node refused without a reason: ${text}`);
  return new PcqError({ code, name }, text);
}

function fateFrom(result: Json): Fate {
  const hash = hashFrom(member(result, 'hash'), 'hash');
  const status = textIn(result, 'status');
  if (status === 'unknown' || status === 'pending' || status === 'expired') return { status, hash };
  if (status === 'rejected') {
    const given = member(result, 'reason') ?? null;
    const reason = errorFrom({ data: given, message: member(given, 'message') ?? '' });
    if (isPcqError(reason, 'answer_malformed')) throw reason;
    return { status, hash, reason };
  }
  if (status !== 'committed') throw malformed(`a transaction's fate that makes no sense: ${status}`);
  const receipt = member(result, 'receipt');
  return {
    status,
    hash,
    height: integerIn(result, 'height'),
    index: countIn(result, 'index'),
    receipt: {
      code: countIn(receipt, 'code'),
      name: textIn(receipt, 'name'),
      text: textIn(receipt, 'text'),
    },
  };
}
