// Signs and sends, and follows to the proof that it is final. What the node says on the way decides nothing: only what is
// proven lets anything be signed that might do the same a second time.
import {
  type Action,
  type Final,
  isPcqError,
  MarketSide,
  type PcqError,
  type Receipt,
  type Signed,
  tables,
  type Unsettled,
  type Wallet,
} from 'pcq-client';

import { count } from '../text/format.js';
import { actionName } from '../text/names.js';
import { reasonText, refusalIn } from '../text/reasons.js';
import { say } from '../text/say.js';
import { type Chain } from './chain.js';
import { noteSent } from './history.js';
import { openKey, used } from './keys.js';
import { bodyOf, drop, isOfAction, keep, leave, undecided } from './undecided.js';

export interface Done {
  receipt: Receipt;
  height: bigint;
  hash: Uint8Array;
  /** It was sent by an earlier act, whose end was not known; nothing else was signed. */
  isEarlier: boolean;
}

/** Proven, and not what a node says: it is in no block and never will be. */
export class NeverCarriedOut extends Error {
  constructor(readonly why: PcqError) {
    super(why.message);
  }
}

/**
 * In order; the first that is refused ends it. `step` hears which one is under way. Throws with the reason. Tried again, it
 * goes on where it was: what has been carried out, or is on its way, is not signed a second time.
 */
export async function act(chain: Chain, actions: Action[], step: (index: number) => void): Promise<Done> {
  const wallet = await openWallet(chain);
  let last: Done | undefined;
  for (let index = 0; index < actions.length; ++index) {
    const earlier = await lookBack(chain, wallet, actions.slice(index));
    index += earlier.ahead;
    step(index);
    const action = actions[index]!;
    if (earlier.final !== undefined) {
      last = doneOf(earlier.final, true);
      continue;
    }
    if (earlier.again === undefined && (await hasJoined(chain, wallet, action))) continue;
    const signed = earlier.again ?? (await chain.client.sign(wallet, action, earlier.inPlaceOf));
    last = doneOf(await send(chain, wallet, signed), earlier.again !== undefined);
  }
  return last!;
}

// Whether it is a joining of a side that the account is proven to be on: it would be refused.
async function hasJoined(chain: Chain, { account }: Wallet, { case: name, value }: Action): Promise<boolean> {
  if (name !== 'joinMarket') return false;
  const member = await chain.reader.record(tables.members, [account, value.period]);
  const { buys, sells } = { buys: false, sells: false, ...member };
  return value.side === MarketSide.DEMAND ? buys : value.side === MarketSide.SUPPLY ? sells : buys && sells;
}

/** The very same once more; it counts once however often it is sent. It stays among the undecided until it is dropped. */
export async function sendAgain(chain: Chain, signed: Signed): Promise<Done> {
  return doneOf(accepted(await submit(chain, await openWallet(chain), signed)), true);
}

async function openWallet(chain: Chain): Promise<Wallet> {
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
  return chain.client.wallet(key);
}

function doneOf(final: Final, isEarlier: boolean): Done {
  return { receipt: final.receipt, height: final.header.height, hash: final.hash, isEarlier };
}

interface Earlier {
  /** Which of the actions the next two are of, or the first: those before it have been carried out. */
  ahead: number;
  final?: Final; // it has been carried out
  again?: Signed; // it is on its way
  inPlaceOf?: Signed; // something else is
}

// What was signed before and is not known to have ended comes first. The last of the actions that was signed counts: it was
// signed once those before it were final.
async function lookBack(chain: Chain, wallet: Wallet, actions: Action[]): Promise<Earlier> {
  const address = wallet.address();
  const found: Earlier = { ahead: 0 };
  const note = (at: number, of: Pick<Earlier, 'final' | 'again'>) => {
    if (at < found.ahead) return;
    if (at > found.ahead) Object.assign(found, { ahead: at, final: undefined, again: undefined });
    found.final ??= of.final;
    found.again ??= of.again;
  };
  for (const signed of undecided(chain, address)) {
    const at = actions.findIndex((action) => isOfAction(chain, signed, action));
    const known = await chain.client.look(wallet.account, signed);
    if (known.status === 'undecided') {
      if (known.height !== undefined) throw new Error(unknownWords(known));
      if (at >= 0) note(at, { again: signed });
      else found.inPlaceOf = signed;
      continue;
    }
    drop(chain, address, signed);
    if (known.status === 'never' || known.receipt.code !== 0) continue; // it has changed nothing
    if (at < 0) throw new Error(otherWords(chain, known, signed));
    note(at, { final: known });
  }
  return found;
}

async function send(chain: Chain, wallet: Wallet, signed: Signed): Promise<Final> {
  const address = wallet.address();
  noteSent(chain, address, signed.hash); // before it is sent: the tab may be closed while it waits
  keep(chain, address, signed);
  try {
    const final = await submit(chain, wallet, signed);
    drop(chain, address, signed);
    return accepted(final);
  } catch (error) {
    if (error instanceof NeverCarriedOut) drop(chain, address, signed);
    else leave(signed);
    throw error;
  }
}

async function submit(chain: Chain, wallet: Wallet, signed: Signed): Promise<Final> {
  const done = await chain.client.submit(wallet, signed).catch((error: unknown) => {
    // The client throws these where they are proven, and whatever else a node says is no end.
    const isProven = isPcqError(error, 'transaction_expired', 'transaction_sequence_used');
    throw isProven ? new NeverCarriedOut(error) : error;
  });
  if (done.status !== 'final') throw new Error(unknownWords(done));
  await chain.live.look();
  return done;
}

function accepted(final: Final): Final {
  if (final.receipt.code !== 0) throw refusalIn(final.receipt);
  return final;
}

function unknownWords({ height, refusal, signed }: Unsettled): string {
  if (height !== undefined)
    return say(
      `It is in block ${count(height)}, which is proven, but the node does not show what became of it there. It is not sent a second time; ask another node, or again later.`,
      `已证明它在区块 ${count(height)} 中，但节点未给出其结果。不会再次发送；请询问其他节点，或稍后再试。`,
    );
  const again = say(
    'It is not known whether it will be carried out. Do the same again, and the very same transaction is sent, never a second one.',
    '尚不知它是否会执行。若再次进行同样的操作，发送的仍是同一笔交易，不会执行两次。',
  );
  if (refusal === undefined) return `${say('Not final yet.', '尚未最终确定。')} ${again}`;
  const until = count(signed.validUntilHeight);
  const why = reasonText(refusal.code, refusal.reason);
  return `${say(
    `The node does not take it: \u201c${why}\u201d. That is its word, which nothing proves; until block ${until} it may still become final.`,
    `节点不接受：“${why}”。这只是节点所述，未经证明；在区块 ${until} 之前它仍可能成为最终交易。`,
  )} ${again}`;
}

function otherWords(chain: Chain, { header }: Final, signed: Signed): string {
  const name = actionName(bodyOf(chain, signed.bytes).action.case);
  return say(
    `What you sent before (${name}) has become final, in block ${count(header.height)}. Nothing else was signed: look at what you have now, and do this again if you still want it.`,
    `您之前发送的交易（${name}）已在区块 ${count(header.height)} 最终确定。没有签署其他内容：请先查看当前状况，如仍需要再操作一次。`,
  );
}
