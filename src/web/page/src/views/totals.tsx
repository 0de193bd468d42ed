// The conservation equation of a header, worked out again here: what was issued is somewhere, and so is the money.
import { type Totals, type VintageTotals } from 'pcq-client';

import { type Chain } from '../core/chain.js';
import { wholeMass, wholeMoney } from '../text/format.js';
import { say } from '../text/say.js';
import { Icon } from '../ui/icons.js';
import { Table } from '../ui/parts.js';

export function vintageHolds(v: VintageTotals): boolean {
  const parts = [v.heldG, v.inventoryG, v.escrowG, v.surrenderedG, v.expiredG, v.exportedG];
  return parts.every((part) => part >= 0n) && v.issuedG === parts.reduce((sum, part) => sum + part, 0n);
}
export function cashHolds(totals: Totals): boolean {
  return totals.cashHeldUy >= 0n && totals.depositedUy - totals.withdrawnUy === totals.cashHeldUy;
}

/** Whether an equation, or with `rule` a condition, holds. */
export function Holds({ yes, rule = false }: { yes: boolean; rule?: boolean }) {
  if (rule)
    return (
      <span class={`holds ${yes ? 'good' : 'bad'}`}>
        <Icon of={yes ? 'check' : 'warn'} />
        {yes ? say('holds', '成立') : say('does not hold', '不成立')}
      </span>
    );
  return (
    <span class={`holds ${yes ? 'good' : 'bad'}`}>
      <Icon of={yes ? 'check' : 'warn'} />
      {yes ? say('adds up', '平衡') : say('does not add up', '不平衡')}
    </span>
  );
}

interface VintageTableProps {
  /** Whose name tells it from the table of another chain beside it. */
  chain: Chain;
  vintages: readonly VintageTotals[];
}
export function VintageTable({ chain, vintages }: VintageTableProps) {
  // None yet; one that sent some away would not seem to add up without it.
  const exported = vintages.some(({ exportedG }) => exportedG !== 0n);
  return (
    <Table
      stacked
      caption={say(`Quota by vintage on ${chain.name}`, `${chain.name} 各年度配额`)}
      head={[
        { text: say('Vintage', '年度') },
        { text: say('Issued', '已发放'), right: true },
        { text: say('Held', '个人持有'), right: true },
        { text: say('Platform', '平台库存'), right: true },
        { text: say('On offer', '挂单中'), right: true },
        { text: say('Surrendered', '已清缴'), right: true },
        { text: say('Lapsed in all', '失效合计'), right: true },
        ...(exported ? [{ text: say('Sent away', '已转出'), right: true }] : []),
        { text: say('Checked here', '本地核对') },
      ]}
      rows={vintages.map((v) => ({
        key: String(v.vintage),
        cells: [
          String(v.vintage),
          wholeMass(v.issuedG),
          wholeMass(v.heldG),
          wholeMass(v.inventoryG),
          wholeMass(v.escrowG),
          wholeMass(v.surrenderedG),
          wholeMass(v.expiredG),
          ...(exported ? [wholeMass(v.exportedG)] : []),
          <Holds yes={vintageHolds(v)} />,
        ],
      }))}
    />
  );
}

/** Of a header: quota of each vintage, and money. */
export function TotalsTable({ chain, totals }: { chain: Chain; totals: Totals }) {
  return (
    <>
      <VintageTable chain={chain} vintages={totals.vintages} />
      {totals.depositedUy > 0n && (
        <p class="sentence">
          {say('Money:', '资金：')} {wholeMoney(totals.depositedUy)} {say('paid in', '存入')} −{' '}
          {wholeMoney(totals.withdrawnUy)} {say('paid out', '取出')} = {wholeMoney(totals.cashHeldUy)}{' '}
          {say('on accounts', '账户余额')} <Holds yes={cashHolds(totals)} />
        </p>
      )}
    </>
  );
}
