// A node's WebSocket as a call and the messages that follow it, and whether anybody is still there: a connection that
// opens too late, does not answer, or has said nothing for a while and does not answer when it is asked, is given up. So
// is one whose node is there and tells nothing time after time: it may be cut off from the others, and who is asked next
// tells from the same height on.
import { isPcqError, PcqError } from './error.js';
import { type Json, malformed, member } from './json.js';

/** What is used of a WebSocket; not every platform's types have one. */
export interface Socket {
  onopen: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  onmessage: ((event: never) => unknown) | null;
  send(text: string): void;
  close(): void;
}

export interface LineOptions {
  /** WebSocket of the platform, or of the package `ws` in a Node without one. */
  webSocket?: new (url: string) => Socket;
  /** Before the first attempt to reconnect; it doubles up to half a minute. */
  reconnectMs?: number;
  /** A node that has said nothing for so long is asked whether it is there, five times in a row at most; one minute. */
  quietMs?: number;
  /** By then a connection is open, and a call answered; half a minute. */
  answerMs?: number;
}

/** Those alone, of options that have more. */
export function lineOptions(options: LineOptions): LineOptions {
  const names = ['webSocket', 'reconnectMs', 'quietMs', 'answerMs'] as const;
  return Object.fromEntries(
    names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
}

const waitingMax = 256; // messages that nobody has taken; above, the connection is given up
const reconnectMsMax = 30_000;
const aliveId = 0; // calls count from 1
const aliveMax = 5; // answers that it is there, and nothing else

/** How long to wait after so many failures in a row. */
export function reconnectPause(options: LineOptions, failures: number): number {
  return Math.min((options.reconnectMs ?? 500) * 2 ** failures, reconnectMsMax);
}

export class SocketLine {
  /** It was given up because nobody answered, or told anything. */
  silent = false;
  private readonly socket: Socket;
  private readonly opened: Promise<boolean>;
  private readonly messages: (Json | PcqError)[] = [];
  private readonly quietMs: number;
  private readonly answerMs: number;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private open: (isOpen: boolean) => void = () => undefined;
  private wake: (() => void) | undefined;
  private calls = 0;
  private alive = 0; // answers in a row that it is there
  private closed = false;

  constructor(Opened: new (url: string) => Socket, node: string, options: LineOptions) {
    this.quietMs = options.quietMs ?? 60_000;
    this.answerMs = options.answerMs ?? 30_000;
    this.opened = new Promise((resolve) => (this.open = resolve));
    this.socket = new Opened(`${node.replace(/^http/, 'ws')}/v1`);
    this.expectAnswer();
    this.socket.onopen = () => this.open(true);
    this.socket.onclose = () => this.close();
    this.socket.onerror = () => undefined; // a close follows
    this.socket.onmessage = (event: { data: unknown }) => this.take(String(event.data));
  }

  /** At once, whether or not the far side hears of it. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.timer);
    this.socket.close();
    this.open(false);
    this.wake?.();
  }

  /** Sends a call when the connection is open; false: it has closed. */
  async ask(method: string, params: { [name: string]: Json }): Promise<boolean> {
    if (!(await this.opened) || this.closed) return false;
    this.send(++this.calls, method, params);
    return true;
  }

  /** The first call of a connection, and its result; undefined: it has closed. Throws a refusal. */
  async call(method: string, params: { [name: string]: Json }): Promise<Json | undefined> {
    const answer = (await this.ask(method, params)) ? await this.receive() : undefined;
    if (answer === undefined) return undefined;
    const error = member(answer, 'error');
    if (error !== undefined) throw refusal(member(error, 'data'), member(error, 'message'));
    const result = member(answer, 'result');
    if (result === undefined) throw malformed("the node's answer has neither result nor error");
    return result;
  }

  /** The next message; undefined: it has closed. Throws what is no JSON. */
  async receive(): Promise<Json | undefined> {
    const message = await this.next();
    if (message instanceof PcqError) throw message;
    return message;
  }

  /** The next message, or what is wrong with it; undefined: it has closed. */
  async next(): Promise<Json | PcqError | undefined> {
    while (this.messages.length === 0) {
      if (this.closed) return undefined;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    return this.messages.shift();
  }

  private take(text: string): void {
    if (this.closed) return; // what follows a gap is not told
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.askWhetherThere(), this.quietMs);
    const message = parse(text);
    if (!isPcqError(message) && member(message, 'id') === aliveId) {
      if (++this.alive >= aliveMax) this.giveUp();
      return;
    }
    this.alive = 0;
    this.messages.push(message);
    if (this.messages.length >= waitingMax) this.close();
    this.wake?.();
  }

  // It costs the node next to nothing, and any answer will do. (A browser's WebSocket has no ping of its own.)
  private askWhetherThere(): void {
    this.send(aliveId, 'chains', {});
  }

  private send(id: number, method: string, params: { [name: string]: Json }): void {
    this.expectAnswer();
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  }

  private expectAnswer(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.giveUp(), this.answerMs);
  }

  private giveUp(): void {
    this.silent = true;
    this.close();
  }
}

function parse(text: string): Json | PcqError {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return malformed('the node says what is no JSON');
  }
}

/** A node's reason as it stands in answers and in the end of a subscription. */
export function refusal(reason: Json | undefined, message: Json | undefined): PcqError {
  const code = member(reason, 'code');
  const name = member(reason, 'name');
  if (typeof code !== 'number' || typeof name !== 'string')
    return malformed('the node refuses without a reason');
  return new PcqError({ code, name }, typeof message === 'string' ? message : '');
}
