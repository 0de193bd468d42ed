// Whether another node has more than the one that is asked. A node that is cut off from the others answers like one to
// which nothing has come yet, and nothing that it says tells the two apart. So whoever has waited for a while has all of
// them asked for their newest header; one that proves a higher one has the turn, and a lie gives nobody the turn. Just to
// turn to the next one would lead from a good node to worse ones whenever a chain is idle.
//
// It is done beside what is waited for, so that a node that is silent holds nobody up.
import { type RpcOptions, RpcClient } from './rpc_client.js';
import { VerifiedReader } from './verified_reader.js';

const answerMsMax = 5_000; // the others are asked again the sooner
const pauseMs = 500; // between two looks, however many want one

export class Lookout {
  // Each with the validators that its node has proven: the one that is cut off may not know the latest.
  private readonly readers = new Map<string, VerifiedReader>();
  private last = -Infinity;
  private looking: Promise<boolean> | undefined;

  /** Up to where is known, and who is asked, are `reader`'s and `rpc`'s. */
  constructor(
    private readonly rpc: RpcClient,
    private readonly reader: VerifiedReader,
    private readonly options: RpcOptions,
  ) {}

  /** Whether another node has the turn now, when all have answered or their time is up; false at once right after a look. */
  look(): Promise<boolean> {
    if (this.looking === undefined && Date.now() - this.last >= pauseMs)
      this.looking = this.askAll().finally(() => {
        this.last = Date.now();
        this.looking = undefined;
      });
    return this.looking ?? Promise.resolve(false);
  }

  private async askAll(): Promise<boolean> {
    const before = this.rpc.node;
    // First who has the turn: the blocks that it has may not have been asked for, and are no reason to leave it.
    await this.reader.header().catch(() => undefined);
    let highest = this.reader.height;
    const others = this.rpc.nodes.filter((node) => node !== this.rpc.node);
    await Promise.all(
      others.map(async (node) => {
        const height = await this.heightOf(node);
        if (height <= highest || height <= this.reader.height) return;
        highest = height;
        this.rpc.turnTo(node);
      }),
    );
    return this.rpc.node !== before;
  }

  // A node that gives no answer, or none that holds, has nothing: it is not the one that was relied on.
  private async heightOf(node: string): Promise<bigint> {
    let reader = this.readers.get(node);
    if (reader === undefined) {
      const timeoutMs = Math.min(this.options.timeoutMs ?? answerMsMax, answerMsMax);
      reader = new VerifiedReader(new RpcClient(node, { ...this.options, timeoutMs }), this.reader.genesis);
      this.readers.set(node, reader);
    }
    try {
      return (await reader.header()).height;
    } catch {
      return -1n;
    }
  }
}
