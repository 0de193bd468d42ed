// What one chain does now: its newest header, proven by its reader, and those before it. Of a run of headers only the
// last needs its certificate: each names the hash of the one before, so the whole run is as certain.
import {
  CommitCertificateSchema,
  decodeCanonical,
  fromBase64,
  Header,
  PcqError,
  verifyCertificate,
  Wake,
} from 'pcq-client';

import { type Chain } from './chain.js';
import { node, rpc } from './node.js';
import { same } from './same.js';
import { Store } from './store.js';

export interface Now {
  /** The newest first. */
  headers: Header[];
  /** Places in the validator set of those whose signatures are on the newest one. */
  signers: number[];
  /** Why nothing newer is known. */
  error: unknown;
  /** Of this browser's clock, when the node last answered with what holds. */
  heardMs: number;
}

const windowMax = 90;
const hiddenPauseMs = 10_000;
const slowMs = 5_000; // an answer that takes longer is said to be missing, and waited for all the same

/** Whether a chain that is shown is not known to be shown as it is now: its node is silent, or shows what does not hold. */
export const isBehind = new Store(false);

/** All chains of the node, for as long as the page is open, over one WebSocket: a node bounds how many an address has. */
export async function followAll(chains: readonly Chain[]): Promise<never> {
  const ids = chains.map(({ id }) => id);
  for (const { live } of chains)
    live.now.subscribe(() => isBehind.set(chains.some((chain) => chain.live.now.value.error !== undefined)));
  const wake = new Wake(() => node, ids, { webSocket: WebSocket, pollMs: 1_000, reconnectMs: 4_000 });
  for (;;) {
    await Promise.all(chains.map(({ live }) => live.look()));
    await wake.next();
    if (document.hidden) await shownAgain();
  }
}

// When somebody looks again, or after a while.
function shownAgain(): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', done);
      resolve();
    };
    const timer = setTimeout(done, hiddenPauseMs);
    document.addEventListener('visibilitychange', done);
  });
}

export class Live {
  readonly now = new Store<Now>({ headers: [], signers: [], error: undefined, heardMs: Date.now() });
  private heardMs = Date.now();
  constructor(private readonly chain: Chain) {}

  get height(): bigint | undefined {
    return this.now.value.headers[0]?.height;
  }

  /** Asks once whether there is something newer. */
  async look(): Promise<void> {
    const slow = setTimeout(
      () => this.failed(new PcqError('node_timed_out', `no answer within ${slowMs} ms`)),
      slowMs,
    );
    try {
      const newest = await this.chain.reader.header();
      const { headers, error } = this.now.value;
      const known = headers[0]?.height ?? -1n;
      const heardMs = Date.now();
      if (newest.height === known) {
        if (error !== undefined) this.now.set({ ...this.now.value, error: undefined, heardMs });
      } else {
        const joined = [newest, ...(await this.before(newest, known))];
        if (joined.at(-1)!.height === known + 1n) joined.push(...headers);
        const signers = await this.signersOf(newest).catch(() => []);
        this.now.set({ headers: joined.slice(0, windowMax), signers, error: undefined, heardMs });
      }
      this.heardMs = heardMs;
    } catch (error) {
      this.failed(error);
    } finally {
      clearTimeout(slow);
    }
  }

  private failed(error: unknown): void {
    this.now.set({ ...this.now.value, error, heardMs: this.heardMs });
  }

  // Those between the newest and the last one known, the newest first; no more than the window holds.
  private async before(newest: Header, known: bigint): Promise<Header[]> {
    const asked: bigint[] = [];
    for (
      let height = newest.height - 1n;
      height > known && height >= 0n && asked.length < windowMax - 1;
      --height
    )
      asked.push(height);
    return linked(this.chain, newest, asked);
  }

  private async signersOf(header: Header): Promise<number[]> {
    if (header.height === 0n) return []; // it follows from the genesis document
    const answer = (await this.chain.said('header', { height: header.height.toString() })) as {
      certificate_bytes: string;
    };
    const certificate = decodeCanonical(CommitCertificateSchema, fromBase64(answer.certificate_bytes));
    if (certificate === undefined) return [];
    verifyCertificate(header, certificate, this.chain.reader.validators);
    return certificate.signatures.map(({ validator }) => validator);
  }
}

/** The headers of these heights, each one below the next, from the one below `from` on. Throws at the first lie. */
export async function linked(chain: Chain, from: Header, heights: bigint[]): Promise<Header[]> {
  const headers: Header[] = [];
  if (heights.length === 0) return headers;
  const answers = await rpc.batch(
    heights.map((height) => ({ method: 'header', params: { chain: chain.id, height: height.toString() } })),
  );
  let above = from;
  for (const [i, answer] of answers.entries()) {
    if (answer instanceof Error) break; // pruned: the run ends
    const header = Header.from(
      fromBase64((answer as { header_bytes: string }).header_bytes as string),
      chain.genesis.chain,
    );
    if (header.height !== heights[i] || !same(header.hash, above.fields.previousHash))
      throw new PcqError(
        'bad_header',
        `the node shows a block ${heights[i]} that is not the one before block ${above.height}`,
      );
    headers.push(header);
    above = header;
  }
  return headers;
}
