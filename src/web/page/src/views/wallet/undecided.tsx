// What was sent from here and is not known to have ended: said until it is, and until who sent it has seen how.
import { type Final, type Never, type Signed, toHex, type Unsettled } from 'pcq-client';
import { useEffect, useState } from 'preact/hooks';

import { sendAgain } from '../../core/act.js';
import { openKey } from '../../core/keys.js';
import { useLoaded } from '../../core/proven.js';
import { href } from '../../core/route.js';
import { useStore } from '../../core/store.js';
import { bodyOf, drop, left, undecidedChanges } from '../../core/undecided.js';
import { count } from '../../text/format.js';
import { say } from '../../text/say.js';
import { Icon } from '../../ui/icons.js';
import { Dialog, Why } from '../../ui/parts.js';
import { Asked, Outcome } from '../../ui/words.js';
import type { WalletProps } from '../wallet.js';
import { Acting, NeverWords } from './acting.js';
import { UnlockButton } from './key.js';

const lookEveryMs = 3_000;

export function UndecidedView(props: WalletProps) {
  useStore(undecidedChanges);
  return (
    <>
      {left(props.chain, props.address).map((signed) => (
        <One key={toHex(signed.hash)} signed={signed} {...props} />
      ))}
    </>
  );
}

function One({ chain, address, account, signed }: WalletProps & { signed: Signed }) {
  const key = useStore(openKey);
  const [doing, setDoing] = useState<'sending' | 'forgetting' | undefined>(undefined);
  const hash = toHex(signed.hash);
  const known = useLoaded(chain, `undecided ${chain.id} ${hash}`, () => chain.client.look(account, signed));
  const isOpen = known.value === undefined || known.value.status === 'undecided';
  useEffect(() => {
    if (!isOpen) return undefined;
    const timer = setInterval(known.reload, lookEveryMs); // a chain that rests has no block that would wake this
    return () => clearInterval(timer);
  }, [isOpen]);
  const forget = () => drop(chain, address, signed);
  const asked = <Asked chain={chain} body={bodyOf(chain, signed.bytes)} />;
  return (
    <div class="problem undecided" role="status">
      <Icon of={isOpen ? 'said' : 'check'} />
      <div>
        <strong>
          {isOpen
            ? say('Sent, and not known how it ended', '已发送，结果未知')
            : say('Known now', '结果已知')}
          : {asked}
        </strong>
        <p>
          {known.value === undefined ? (
            say('Looking for a proof…', '正在查找证明…')
          ) : (
            <End of={known.value} link={href('tx', chain.name, hash)} />
          )}
        </p>
        {known.error !== undefined && <Why error={known.error} />}
        <div class="actions">
          {!isOpen ? (
            <button type="button" class="plain" onClick={forget}>
              {say('I have seen it', '我知道了')}
            </button>
          ) : (
            <>
              {key === undefined ? (
                <UnlockButton />
              ) : (
                <button type="button" onClick={() => setDoing('sending')}>
                  {say('Send the same again…', '再次发送同一笔…')}
                </button>
              )}
              <button type="button" class="plain" onClick={() => setDoing('forgetting')}>
                {say('Forget it…', '不再跟踪…')}
              </button>
            </>
          )}
        </div>
      </div>
      {doing === 'sending' && (
        <Acting
          title={say('Send the same again', '再次发送同一笔交易')}
          verb={say('Send', '发送')}
          steps={[say('Sending', '发送')]}
          chain={chain}
          close={() => setDoing(undefined)}
          run={() => sendAgain(chain, signed)}
        >
          <p class="sentence">{asked}</p>
          <p class="dim">
            {say(
              'It is the very same transaction: it counts once, however often it is sent.',
              '这是同一笔交易：无论发送多少次，只执行一次。',
            )}
          </p>
        </Acting>
      )}
      {doing === 'forgetting' && (
        <Dialog title={say('Forget it', '不再跟踪')} close={() => setDoing(undefined)}>
          <p>
            {say(
              'It may have been carried out, or still be. Whoever does the same again after this may do it twice. Look at what you have, and at the history, first.',
              '它可能已经执行，也可能之后执行。此后若再做同样的操作，可能会执行两次。请先查看余额与历史。',
            )}
          </p>
          <div class="actions">
            <button type="button" onClick={forget}>
              {say('Forget it', '不再跟踪')}
            </button>
            <button type="button" class="plain" onClick={() => setDoing(undefined)}>
              {say('Keep it', '继续跟踪')}
            </button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

function End({ of, link }: { of: Final | Never | Unsettled; link: string }) {
  if (of.status === 'final')
    return (
      <>
        <a href={link}>
          {say(`Final, in block ${count(of.header.height)}`, `已在区块 ${count(of.header.height)} 最终确定`)}
        </a>{' '}
        <Outcome receipt={of.receipt} />
      </>
    );
  if (of.status === 'never') return <NeverWords />;
  if (of.height !== undefined)
    return (
      <>
        {say(
          `It is proven to be in block ${count(of.height)}; the node does not show what became of it there.`,
          `已证明它在区块 ${count(of.height)} 中；节点未给出其结果。`,
        )}
      </>
    );
  return (
    <>
      {say(
        'It is not known whether it will be carried out. Do not count on either.',
        '尚不知它是否会执行，请勿当作已执行或未执行。',
      )}
    </>
  );
}
