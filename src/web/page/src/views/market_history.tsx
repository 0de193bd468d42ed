// A period's market over time: prices, volume, what the platform has and takes, month by month.
import { type EpochRecord } from 'pcq-client';

import { type Market } from '../core/market.js';
import { stocksOf } from '../core/stock.js';
import { count, decimal, mass, money, price } from '../text/format.js';
import { say } from '../text/say.js';
import { Plot } from '../ui/charts.js';
import { Card, Table } from '../ui/parts.js';

// A month without a price has neither; P_ph alone may be 0.
export function isPriced({ sellPriceUyPerKg }: EpochRecord): boolean {
  return sellPriceUyPerKg > 0n;
}

const yuan = (value: number) => `\u00a5${Number(value.toFixed(3))}`;
const yuanOf = (microYuan: bigint) => Number(microYuan) / 1e6;
const kilograms = (grams: bigint) => Number(grams) / 1e3;
export const shortKg = (value: number) =>
  value >= 1e6
    ? `${decimal(BigInt(Math.round(value)), 6, 1)}\u00a0kt`
    : value >= 1e3
      ? `${decimal(BigInt(Math.round(value)), 3, 1)}\u00a0t`
      : `${value < 10 ? Number(value.toFixed(2)) : Math.round(value)}\u00a0kg`;

function stockText(stock: bigint | undefined): string {
  return stock === undefined ? '\u2013' : mass(stock);
}

export function History({ market: { epochs, header } }: { market: Market }) {
  const ticks = epochs.map(({ number }) => String(number));
  const stocks = stocksOf(epochs);
  return (
    <Card
      title={say('Prices and volume, month by month', '逐月价格与成交量')}
      proof="proven"
      height={header.height}
    >
      <div class="columns">
        <Plot
          label={say('P_ph and P_c by month', '逐月 P_ph 与 P_c')}
          kind="line"
          ticks={ticks}
          format={yuan}
          series={[
            {
              name: say('to buy (P_c)', '买入价 P_c'),
              tone: 'b',
              values: epochs.map(({ record }) =>
                isPriced(record) ? yuanOf(record.sellPriceUyPerKg) : undefined,
              ),
            },
            {
              name: say('to sell (P_ph)', '卖出价 P_ph'),
              tone: 'a',
              values: epochs.map(({ record }) =>
                isPriced(record) ? yuanOf(record.buyPriceUyPerKg) : undefined,
              ),
            },
          ]}
        />
        <Plot
          label={say('What changed hands by month', '逐月成交量')}
          kind="bars"
          ticks={ticks}
          format={shortKg}
          series={[
            {
              name: say('sold to the platform', '售予平台'),
              tone: 'a',
              values: epochs.map(({ record }) => kilograms(record.soldG)),
            },
            {
              name: say('bought from it', '购自平台'),
              tone: 'b',
              values: epochs.map(({ record }) => kilograms(record.boughtG)),
            },
            {
              name: say('between people', '个人之间'),
              tone: 'c',
              values: epochs.map(({ record }) => kilograms(record.matchedG)),
            },
          ]}
        />
        <Plot
          label={say('What the platform has at the end of each month', '各月末平台库存')}
          kind="line"
          ticks={ticks}
          format={shortKg}
          height={170}
          series={[
            {
              name: say('platform has at the end', '月末平台库存'),
              tone: 'd',
              values: stocks.map((stock) => (stock === undefined ? undefined : kilograms(stock))),
            },
          ]}
        />
        <Plot
          label={say('Fees by month', '逐月费用')}
          kind="bars"
          ticks={ticks}
          format={yuan}
          height={170}
          series={[
            {
              name: say('fees to the platform', '平台收取的费用'),
              tone: 'e',
              values: epochs.map(({ record }) => yuanOf(record.feesUy)),
            },
          ]}
        />
      </div>
      <details>
        <summary>{say('The numbers', '数据')}</summary>
        <Table
          caption={say('Prices and volume by month', '逐月价格与成交量')}
          head={[
            { text: say('Month', '月') },
            { text: 'P_ph', right: true },
            { text: 'P_c', right: true },
            { text: say('Sold to the platform', '售予平台'), right: true },
            { text: say('Bought from it', '购自平台'), right: true },
            { text: say('Between people', '个人间'), right: true },
            { text: say('Platform has then', '月末库存'), right: true },
            { text: say('Orders', '挂单'), right: true },
            { text: say("Platform's fees", '平台费用'), right: true },
            { text: say('Each trade (p)', '每笔交易 p'), right: true },
          ]}
          rows={epochs.map(({ number, record }, i) => ({
            key: String(number),
            cells: [
              String(number),
              price(record.buyPriceUyPerKg),
              price(record.sellPriceUyPerKg),
              mass(record.soldG),
              mass(record.boughtG),
              mass(record.matchedG),
              stockText(stocks[i]),
              count(record.orders),
              money(record.feesUy),
              money(record.tradeFeeUy),
            ],
          }))}
        />
      </details>
    </Card>
  );
}
