// Signs and sends, and follows to the proof that it is final.
import { type Action, type Receipt } from 'pcq-client';

import { refusalIn } from '../text/reasons.js';
import { say } from '../text/say.js';
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
  if (key === undefined) throw new Error(say('The key is locked.', '密钥已锁定。'));
  if (chain.trust === 'refused')
    throw new Error(
      say(
        'This is not the chain that you have pinned: nothing is signed for it.',
        '这不是您固定的链：不会为其签名。',
      ),
    );
  used();
  const wallet = await chain.client.wallet(key);
  let last: Done | undefined;
  for (const [index, action] of actions.entries()) {
    step(index);
    const signed = await chain.client.sign(wallet, action);
    noteSent(chain, key.address(), signed.hash); // before it is sent: the tab may be closed while it waits
    const done = await chain.client.submit(wallet, signed);
    if (done.status !== 'final')
      throw new Error(
        say(
          'Not final yet; it may still become so, and the history will show it.',
          '尚未最终确定；之后仍可能成功，届时历史中会显示。',
        ),
      );
    if (done.receipt.code !== 0) throw refusalIn(done.receipt);
    last = { receipt: done.receipt, height: done.header.height, hash: done.hash };
    await chain.live.look();
  }
  return last!;
}
