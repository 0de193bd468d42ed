// The regulator's view: all of it added up and verified here, whoever runs the node.
import { type Header } from 'pcq-client';
import { useState } from 'preact/hooks';

import { type PartProps } from '../app.js';
import { type Chain } from '../core/chain.js';
import { periodsOf } from '../core/market.js';
import { type People } from '../core/people.js';
import { useLoaded } from '../core/proven.js';
import { href } from '../core/route.js';
import { type Trade } from '../core/trades.js';
import { say } from '../text/say.js';
import { CheckLink } from '../ui/check_link.js';
import { Card, Empty, Shown, Tabs } from '../ui/parts.js';
import { PeriodPicker, ShownInstead, usePeriod } from './market.js';
import { AlertsView } from './regulator/alerts.js';
import { AuditsView } from './regulator/audits.js';
import { PeopleView } from './regulator/people.js';
import { TotalsView } from './regulator/totals.js';
import { TradesView } from './regulator/trades.js';

type Tab = 'totals' | 'people' | 'trades' | 'alerts' | 'audits';
const tabs: Tab[] = ['totals', 'people', 'trades', 'alerts', 'audits'];

export interface RegulatorProps {
  chain: Chain;
  chains: Chain[];
  year: number;
  /** What other parts have collected, so that alerts know it. */
  gathered: Gathered;
  gather: (more: Partial<Gathered>) => void;
}
export interface Gathered {
  people?: People;
  /** From block `from` up to `top`. */
  trades?: { of: Trade[]; top: Header; from: bigint; complete: boolean; skipped: number };
}

export function RegulatorView({ chains, path }: PartProps) {
  const { chain, sides } = usePeriod(chains, path);
  if (chain === undefined) return <Empty>{say('This node has no side chain.', '该节点没有侧链。')}</Empty>;
  return <ChainRegulator key={chain.id} chain={chain} sides={sides} chains={chains} path={path} />;
}

function ChainRegulator({
  chain,
  sides,
  chains,
  path,
}: {
  chain: Chain;
  sides: Chain[];
  chains: Chain[];
  path: string[];
}) {
  const years = useLoaded(chain, `years ${chain.id}`, () => periodsOf(chain));
  const [gathered, setGathered] = useState<{ [year: number]: Gathered }>({});
  const chosen = Number(path[1] ?? 0);
  const year = years.value?.includes(chosen) === true ? chosen : (years.value?.at(-1) ?? 0);
  const tab = tabs.find((one) => one === path[2]) ?? 'totals';
  const words: { [T in Tab]: string } = {
    totals: say('Totals', '总量'),
    people: say('People', '个人分布'),
    trades: say('Trades', '交易网络'),
    alerts: say('Alerts', '预警'),
    audits: say('Audits', '审计'),
  };
  const props: RegulatorProps = {
    chain,
    chains,
    year,
    gathered: gathered[year] ?? {},
    gather: (more) => setGathered((before) => ({ ...before, [year]: { ...before[year], ...more } })),
  };
  return (
    <>
      <div class="headline">
        <h1>{say('Regulator', '监管')}</h1>
        {years.value !== undefined && years.value.length > 0 && (
          <PeriodPicker part="regulator" chain={chain} sides={sides} years={years.value} year={year} />
        )}
      </div>
      <p class="lead">
        {say(
          'Your browser adds this up from certified headers and proven records. What only a node says carries its mark.',
          '以下数字由您的浏览器根据经认证的区块头与已证明的记录计算得出；仅为节点所述者另有标记。',
        )}
      </p>
      <ShownInstead path={path} chain={chain} year={year} />
      <CheckLink />
      <Shown of={years}>
        {() =>
          year === 0 ? (
            <Card title={say('No period yet', '尚无履约期')} proof="proven">
              <Empty>
                {say('The government has not opened a period on this chain.', '政府尚未在该链开启履约期。')}
              </Empty>
            </Card>
          ) : (
            <>
              <Tabs
                label={say('Parts of the regulator\u2019s view', '监管内容')}
                current={tab}
                of={tabs.map((name) => ({
                  name,
                  text: words[name],
                  link: href('regulator', chain.name, year, name),
                }))}
              />
              {tab === 'totals' && <TotalsView {...props} />}
              {tab === 'people' && <PeopleView key={year} {...props} />}
              {tab === 'trades' && <TradesView key={year} {...props} />}
              {tab === 'alerts' && <AlertsView {...props} />}
              {tab === 'audits' && <AuditsView {...props} />}
            </>
          )
        }
      </Shown>
    </>
  );
}
