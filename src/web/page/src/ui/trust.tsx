// What the page's word "verified" stands on: the genesis documents. Shown at the top of every view, and pinned here.
import { useState } from 'preact/hooks';

import { type Chain } from '../core/chain.js';
import { useStore } from '../core/store.js';
import { trust } from '../core/trust.js';
import { count } from '../text/format.js';
import { say } from '../text/say.js';
import { Icon } from './icons.js';
import { Dialog, Id, Problem } from './parts.js';

export function TrustChip({ chains }: { chains: Chain[] }) {
  const [open, setOpen] = useState(false);
  useStore(trust.changes);
  const states = chains.map((chain) => chain.trust);
  const bad = states.includes('refused') || states.includes('changed');
  const pinned = states.length > 0 && states.every((state) => state === 'pinned');
  const tone = bad ? 'bad' : pinned ? 'good' : 'open';
  const words = bad
    ? say('Another chain', '链不符')
    : pinned
      ? say('Verified, pinned', '已验证 · 已固定')
      : say('Verified, not pinned', '已验证 · 未固定');
  return (
    <>
      <button
        type="button"
        class={`chip ${tone}`}
        onClick={() => setOpen(true)}
        aria-label={words}
        aria-haspopup="dialog"
      >
        <Icon of={bad ? 'warn' : 'check'} />
        <span>{words}</span>
      </button>
      {open && <TrustDialog chains={chains} close={() => setOpen(false)} />}
    </>
  );
}

/** Over every view where a chain is not the one that was pinned or seen before. */
export function TrustWarning({ chains }: { chains: Chain[] }) {
  useStore(trust.changes);
  return (
    <>
      {chains.map((chain) => {
        const state = chain.trust;
        if (state !== 'refused' && state !== 'changed') return null;
        return (
          <div key={chain.id} class="problem lie" role="alert">
            <Icon of="warn" />
            <div>
              <strong>
                {state === 'refused'
                  ? say(
                      `This is not the chain "${chain.name}" that you have pinned`,
                      `这不是您固定的“${chain.name}”链`,
                    )
                  : say(
                      `The chain "${chain.name}" is another one than at your last visit`,
                      `“${chain.name}”链与您上次访问时不同`,
                    )}
              </strong>
              <p>
                {say(
                  'Whatever is shown of it is verified against another genesis document. Do not act on it before you know why.',
                  '以下内容是依据另一份创世文件验证的。在弄清原因之前请勿操作。',
                )}
              </p>
              {state === 'changed' && (
                <button type="button" class="plain" onClick={() => trust.accept(chain.name, chain.id)}>
                  {say('I know why; take this one', '我知道原因，接受此链')}
                </button>
              )}
            </div>
          </div>
        );
      })}
    </>
  );
}

function TrustDialog({ chains, close }: { chains: Chain[]; close: () => void }) {
  useStore(trust.changes);
  return (
    <Dialog title={say('What is verified, and against what', '验证的内容与依据')} close={close}>
      <p>
        {say(
          'Your browser checks every header against the signatures of a quorum of the validators, and every record against a header. Who the validators are follows from the genesis document of each chain. Its hash is the one thing to compare: with the government, in print, with another node.',
          '浏览器用法定数量验证者的签名核对每个区块头，并用区块头核对每条记录。验证者名单来自每条链的创世文件。您只需核对它的哈希：与政府公布的、纸质的或其他节点的相比较。',
        )}
      </p>
      {chains.map((chain) => (
        <PinChain key={chain.id} chain={chain} />
      ))}
      <p class="dim">
        {say(
          'This page came from the node too. Who does not trust its operator opens the page from a node of their own.',
          '本页面同样由该节点提供。若不信任其运营者，请从自己的节点打开本页面。',
        )}
      </p>
    </Dialog>
  );
}

function PinChain({ chain }: { chain: Chain }) {
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState<string | undefined>(undefined);
  const state = chain.trust;
  const field = `pin-${chain.name}`;
  const compare = (event: Event) => {
    event.preventDefault();
    const text = typed.replace(/\s/g, '').toLowerCase(); // as it is shown, in groups
    if (!/^[0-9a-f]{64}$/.test(text)) {
      setWrong(say('A hash has 64 hexadecimal digits.', '哈希为 64 位十六进制数字。'));
      return;
    }
    trust.pin(chain.name, text);
    setWrong(undefined);
    setTyped('');
  };
  const words = {
    pinned: say('pinned: it is the one that you know', '已固定：与您所知一致'),
    first: say('not pinned: it is the one that this node gave first', '未固定：由本节点首次提供'),
    changed: say('another one than at your last visit', '与上次访问时不同'),
    refused: say('not the one that you have pinned', '与您固定的不同'),
  }[state];
  return (
    <section class="pin">
      <h3>
        {chain.name}{' '}
        <span class={`badge ${state === 'pinned' ? 'good' : state === 'first' ? '' : 'bad'}`}>{words}</span>
      </h3>
      <p class="hash">
        <code>{chain.id.match(/.{8}/g)!.join(' ')}</code>
        <Id text={chain.id} head={0} tail={0} />
      </p>
      <p class="dim">
        {say(
          `${chain.genesis.validators.size} validators at the start, block 0 is of ${new Date(Number(chain.genesis.fields.timeMs)).toISOString().slice(0, 10)}; ${count(chain.genesis.document.length)} bytes`,
          `起始验证者 ${chain.genesis.validators.size} 个，区块 0 时间 ${new Date(Number(chain.genesis.fields.timeMs)).toISOString().slice(0, 10)}，${count(chain.genesis.document.length)} 字节`,
        )}
      </p>
      {state === 'pinned' || state === 'refused' ? (
        <button type="button" class="plain" onClick={() => trust.unpin(chain.name)}>
          {say('Unpin', '取消固定')}
        </button>
      ) : (
        <form onSubmit={compare}>
          <label for={field}>{say('The hash that you have from elsewhere', '您从其他来源获得的哈希')}</label>
          <div class="row">
            <input
              id={field}
              value={typed}
              spellcheck={false}
              autocomplete="off"
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
            <button type="submit">
              <Icon of="pin" /> {say('Compare and pin', '比较并固定')}
            </button>
          </div>
          {wrong !== undefined && <Problem error={wrong} />}
        </form>
      )}
    </section>
  );
}
