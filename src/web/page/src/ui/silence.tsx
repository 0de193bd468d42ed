// Over every view while the node is silent or shows what does not hold: of which block the figures are, and how old.
import { type Chain } from '../core/chain.js';
import { isBehind } from '../core/live.js';
import { useStore } from '../core/store.js';
import { ago, count, time } from '../text/format.js';
import { say } from '../text/say.js';
import { Icon } from './icons.js';
import { useNow } from './now.js';
import { isLie, Why } from './parts.js';

export function Silence({ chains }: { chains: Chain[] }) {
  useStore(isBehind);
  const now = useNow(5_000);
  // Without a block nothing is shown that could be old.
  const behind = chains.filter(({ live }) => {
    const { error, headers } = live.now.value;
    return error !== undefined && headers.length > 0;
  });
  const lies = behind.filter(({ live }) => isLie(live.now.value.error));
  const silent = behind.filter((chain) => !lies.includes(chain));
  return (
    <>
      {lies.map((chain) => (
        <Line key={chain.id} chains={[chain]} now={now} isLied />
      ))}
      {silent.length > 0 && <Line chains={silent} now={now} isLied={false} />}
    </>
  );
}

function Line({ chains, now, isLied }: { chains: Chain[]; now: number; isLied: boolean }) {
  const error = chains[0]!.live.now.value.error;
  return (
    <div class={`problem silence ${isLied ? 'lie' : ''}`} role="alert">
      <Icon of="warn" />
      <div>
        <strong>
          {isLied
            ? say('The node showed something that does not hold', '节点给出的内容未通过验证')
            : say('The node does not tell how things are now', '节点未告知当前状况')}
        </strong>
        <Why error={error} />
        {chains.map((chain) => (
          <AsOf key={chain.id} chain={chain} now={now} />
        ))}
        <p>
          {say(
            'Whether it is still so is not known. The node is asked again and again.',
            '现在是否仍然如此未知；正在不断重试。',
          )}
        </p>
      </div>
    </div>
  );
}

function AsOf({ chain, now }: { chain: Chain; now: number }) {
  const { headers, heardMs } = useStore(chain.live.now);
  const newest = headers[0]!;
  const heard = ago(heardMs, now);
  return (
    <p>
      {say(
        `Figures of ${chain.name} are of block ${count(newest.height)}, ${time(newest.fields.timeMs)}, or before; last heard of it ${heard}.`,
        `${chain.name} 的数字为区块 ${count(newest.height)}（${time(newest.fields.timeMs)}）或更早的状况；上次收到答复：${heard}。`,
      )}
    </p>
  );
}
