// The dialog of whatever is signed: it asks once more, sends, waits for the proof, and says how it ended.
import { useState } from 'preact/hooks';

import { type Done, NeverCarriedOut } from '../../core/act.js';
import { type Chain } from '../../core/chain.js';
import { href } from '../../core/route.js';
import { count } from '../../text/format.js';
import { say } from '../../text/say.js';
import { Icon } from '../../ui/icons.js';
import { Dialog, Problem, Seal, Waiting } from '../../ui/parts.js';
import { Left } from '../../ui/words.js';

interface ActingProps {
  title: string;
  verb: string;
  steps: string[];
  chain: Chain;
  close: () => void;
  run: (step: (index: number) => void) => Promise<Done>;
  /** What has to be ticked before it can be signed. */
  consent?: string;
  children?: preact.ComponentChildren;
}
/** Asks once more, signs, waits for the proof, and says how it ended. */
export function Acting({ title, verb, steps, chain, close, run, consent, children }: ActingProps) {
  const [consents, setConsents] = useState(false);
  const [at, setAt] = useState<number | undefined>(undefined);
  const [done, setDone] = useState<Done | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const start = async () => {
    setError(undefined);
    setAt(0);
    try {
      setDone(await run(setAt));
    } catch (failed) {
      setError(failed);
    }
    setAt(undefined);
  };
  return (
    <Dialog title={title} close={at === undefined ? close : undefined}>
      {done !== undefined ? (
        <div role="status">
          <p class="sentence good">
            <Icon of="check" /> {say('Done and final', '已完成且不可撤销')}{' '}
            <Seal of="proven" height={done.height} />
          </p>
          {done.isEarlier && (
            <p class="notice">
              {say(
                'This is what you sent before, whose end was not known then. It has been carried out once, and nothing was sent beside it.',
                '这是您之前发送、当时结果未知的交易。它只执行了一次，没有另外发送。',
              )}
            </p>
          )}
          {done.receipt.text !== '' && <blockquote lang="en">{done.receipt.text}</blockquote>}
          {done.receipt.balances !== undefined && (
            <Left title={say('You have now', '您现在拥有')} of={done.receipt.balances} />
          )}
          <div class="actions">
            <button type="button" onClick={close}>
              {say('Close', '关闭')}
            </button>
            <a class="button plain" href={href('block', chain.name, done.height)} onClick={close}>
              {say(`See block ${count(done.height)}`, `查看区块 ${count(done.height)}`)}
            </a>
          </div>
        </div>
      ) : (
        <>
          {children}
          {consent !== undefined && (
            <label class="check">
              <input
                type="checkbox"
                checked={consents}
                onChange={(event) => setConsents(event.currentTarget.checked)}
              />
              {consent}
            </label>
          )}
          {error !== undefined && <Problem error={error instanceof NeverCarriedOut ? error.why : error} />}
          {error instanceof NeverCarriedOut && (
            <p>
              <NeverWords />
            </p>
          )}
          {at !== undefined ? (
            <Waiting
              what={`${steps[at] ?? verb}: ${say('signed, sent, waiting for the proof that it is final…', '已签名并发送，等待最终性证明…')}`}
            />
          ) : (
            <div class="actions">
              <button
                type="button"
                disabled={consent !== undefined && !consents}
                onClick={() => void start()}
              >
                {verb}
              </button>
              <button type="button" class="plain" onClick={close}>
                {say('Cancel', '取消')}
              </button>
            </div>
          )}
        </>
      )}
    </Dialog>
  );
}

export function NeverWords() {
  return (
    <>
      {say(
        'Proven: it was not carried out, and never will be. It may be done again.',
        '已证明：它没有执行，也不会再执行。可以重新操作。',
      )}
    </>
  );
}
