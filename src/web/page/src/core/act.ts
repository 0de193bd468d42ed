// Signs and sends, and follows to the proof that it is final.
import { type Action, type Receipt } from 'pcq-client';

import { type Chain } from './chain.js';
import { noteSent } from './history.js';
import { openKey, used } from './keys.js';

export interface Done {
  receipt: Receipt;
  height: bigint;
  hash: Uint8Array;
}

/** In order; the first that is refused ends it. `step` hears which one is under way. Throws with the reason. */
export async function act(chain: Chain, actions: Action[], step: (index: number) => void): Promise<Done> {
  const key = openKey.value;
  if (key === undefined) throw new Error('the key is locked');
  used();
  const wallet = await chain.client.wallet(key);
  let last: Done | undefined;
  for (const [index, action] of actions.entries()) {
    step(index);
    const done = await chain.client.act(wallet, action);
    noteSent(chain, key.address(), done.hash);
    if (done.status !== 'final')
      throw new Error('not final yet; it may still become so, and the history will show it');
    if (done.receipt.code !== 0) throw new Error(done.receipt.text);
    last = { receipt: done.receipt, height: done.header.height, hash: done.hash };
    await chain.live.look();
  }
  return last!;
}
