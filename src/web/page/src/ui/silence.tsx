// Over every view while the node is silent or shows what does not hold: of which block the figures are, and how old.
import { type Chain } from '../core/chain.js';
import { useStore } from '../core/store.js';
import { ago, count, time } from '../text/format.js';
import { say } from '../text/say.js';
import { Icon } from './icons.js';
import { useNow } from './now.js';
import { isLie, Why } from './parts.js';

export function Silence({ chains }: { chains: Chain[] }) {
  return (
    <>
      {chains.map((chain) => (
        <Silent key={chain.id} chain={chain} />
      ))}
    </>
  );
}

function Silent({ chain }: { chain: Chain }) {
  const { headers, error, heardMs } = useStore(chain.live.now);
  const now = useNow(5_000);
  const newest = headers[0];
  if (error === undefined || newest === undefined) return null; // without a block nothing is shown
  return (
    <div class={`problem silence ${isLie(error) ? 'lie' : ''}`} role="alert">
      <Icon of="warn" />
      <div>
        <strong>
          {isLie(error)
            ? say(
                `The node shows something of the chain "${chain.name}" that does not hold`,
                `节点给出的“${chain.name}”链内容未通过验证`,
              )
            : say(
                `The node does not tell how the chain "${chain.name}" is now`,
                `节点未告知“${chain.name}”链的当前状况`,
              )}
        </strong>
        <Why error={error} />
        <p>
          {say(
            `All figures are as they were after block ${count(newest.height)} of ${time(newest.fields.timeMs)} or before; whether they still are is not known.`,
            `所有数字均为区块 ${count(newest.height)}（${time(newest.fields.timeMs)}）或更早的状况，现在是否仍然如此未知。`,
          )}{' '}
          <span aria-live="off">
            {say(`Last heard of the node: ${ago(heardMs, now)}.`, `上次收到节点答复：${ago(heardMs, now)}。`)}
          </span>{' '}
          {say('It is asked again and again.', '正在不断重试。')}
        </p>
      </div>
    </div>
  );
}
