// The wallet: a key of one's own, and with it one's quota, money and trades.
import { fromAddress, tables } from 'pcq-client';

import { type PartProps } from '../app.js';
import { type Chain } from '../core/chain.js';
import { forget, type KeptKey, keptKey, lock, openKey } from '../core/keys.js';
import { read, useLoaded, want } from '../core/proven.js';
import { href } from '../core/route.js';
import { useStore } from '../core/store.js';
import { say } from '../text/say.js';
import { CheckLink } from '../ui/check_link.js';
import { Icon } from '../ui/icons.js';
import { Empty, Id, Shown, Tabs } from '../ui/parts.js';
import { periodsOf } from '../core/market.js';
import { PeriodPicker, ShownInstead, usePeriod } from './market.js';
import { HistoryView } from './wallet/history.js';
import { KeyView, SaveKey, StartView, UnlockButton } from './wallet/key.js';
import { OrdersView } from './wallet/orders.js';
import { OverviewView } from './wallet/overview.js';
import { PayView } from './wallet/pay.js';
import { RegisterView } from './wallet/register.js';
import { StatementView } from './wallet/statement.js';
import { UndecidedView } from './wallet/undecided.js';

export function WalletView({ chains, path }: PartProps) {
  const key = useStore(keptKey);
  const { chain, sides } = usePeriod(chains, path);
  if (chain === undefined)
    return (
      <Empty>
        {say(
          'This node has no side chain: people have their accounts on those.',
          '该节点没有侧链；个人账户在侧链上。',
        )}
      </Empty>
    );
  if (key === undefined)
    return (
      <>
        <StartView />
        <CheckLink />
      </>
    );
  return <Opened key={`${chain.id} ${key.address}`} chain={chain} sides={sides} kept={key} path={path} />;
}

type Tab = 'overview' | 'orders' | 'pay' | 'history' | 'statement' | 'key';
const tabs: Tab[] = ['overview', 'orders', 'pay', 'history', 'statement', 'key'];

function Opened({
  chain,
  sides,
  kept,
  path,
}: {
  chain: Chain;
  sides: Chain[];
  kept: KeptKey;
  path: string[];
}) {
  const key = useStore(openKey);
  const account = fromAddress(kept.address);
  const years = useLoaded(chain, `years ${chain.id}`, () => periodsOf(chain));
  const person = useLoaded(chain, `person ${chain.id} ${kept.address}`, () =>
    read(chain, [want(tables.accounts, account)]),
  );
  const chosen = Number(path[1] ?? 0);
  const year = years.value?.includes(chosen) === true ? chosen : (years.value?.at(-1) ?? 0);
  const tab = tabs.find((one) => one === path[2]) ?? 'overview';
  const to = (one: Tab) => href('wallet', chain.name, year, one);
  const words: { [T in Tab]: string } = {
    overview: say('Overview', '概览'),
    orders: say('Orders', '挂单'),
    pay: say('Pay', '付款'),
    history: say('History', '历史'),
    statement: say('Statement', '对账单'),
    key: say('Key', '密钥'),
  };
  const props = { chain, address: kept.address, account, year };
  return (
    <>
      <div class="headline">
        <div>
          <h1>{say('Your wallet', '我的钱包')}</h1>
          <Id text={kept.address} link={href('account', chain.name, kept.address)} head={12} tail={8} />
        </div>
        <div class="row">
          {years.value !== undefined && years.value.length > 0 && (
            <PeriodPicker part="wallet" chain={chain} sides={sides} years={years.value} year={year} />
          )}
          {key === undefined ? (
            <UnlockButton />
          ) : (
            <button type="button" class="plain" onClick={lock}>
              <Icon of="key" /> {say('Lock', '锁定')}
            </button>
          )}
        </div>
      </div>
      {years.value !== undefined && <ShownInstead path={path} chain={chain} year={year} />}
      {!kept.saved && <SaveKey kept={kept} />}
      <UndecidedView {...props} />
      <Shown of={person}>
        {({ values: [record] }) =>
          record === null ? (
            <>
              <RegisterView {...props} />
              <KeyView kept={kept} forget={forget} />
            </>
          ) : (
            <>
              <Tabs
                label={say('Parts of the wallet', '钱包内容')}
                current={tab}
                of={tabs.map((name) => ({ name, text: words[name], link: to(name) }))}
              />
              {tab === 'key' ? (
                <KeyView kept={kept} forget={forget} />
              ) : tab === 'pay' ? (
                <PayView {...props} />
              ) : tab === 'history' ? (
                <HistoryView {...props} />
              ) : year === 0 ? (
                <Empty>{say('The government has not opened a period yet.', '政府尚未开启履约期。')}</Empty>
              ) : tab === 'orders' ? (
                <OrdersView {...props} />
              ) : tab === 'statement' ? (
                <>
                  <StatementView {...props} />
                  <CheckLink />
                </>
              ) : (
                <OverviewView {...props} />
              )}
            </>
          )
        }
      </Shown>
    </>
  );
}

export interface WalletProps {
  chain: Chain;
  address: string;
  account: Uint8Array;
  year: number;
}
