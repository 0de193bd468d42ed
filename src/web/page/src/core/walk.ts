// A walk down a chain, block by block, each verified with all that is in it: one certificate at the top, hashes from there.
import { type Header } from 'pcq-client';

import { wholeBlock, type WholeBlock, wholeMax } from './blocks.js';
import { type Chain } from './chain.js';
import { linked } from './live.js';

const step = 30n; // blocks whose headers are asked for at once

/**
 * From `top` down until the signal aborts, or there is nothing below: genesis, or where a pruned node begins. Blocks that
 * are too large to be fetched at once come without their contents.
 */
export async function walk(
  chain: Chain,
  top: Header,
  visit: (header: Header, block: WholeBlock | undefined) => void,
  signal: AbortSignal,
): Promise<void> {
  const look = async (header: Header) => {
    const small = header.fields.transactionCount <= wholeMax;
    visit(header, small ? await wholeBlock(chain, header.height, header) : undefined);
  };
  let above = top;
  if (top.height > 0n) await look(top);
  while (above.height > 0n && !signal.aborted) {
    const heights: bigint[] = [];
    for (let height = above.height - 1n; height >= 0n && above.height - height <= step; --height)
      heights.push(height);
    const headers = await linked(chain, above, heights);
    if (headers.length === 0) return;
    for (const header of headers) {
      if (signal.aborted) return;
      if (header.height > 0n) await look(header);
      above = header;
    }
  }
}
