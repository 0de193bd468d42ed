// The market of a period: prices, fees, inventory, volume, the order book, and how the price came about.
import { FeeSource } from 'pcq-client';

import { type PartProps } from '../app.js';
import { type Chain } from '../core/chain.js';
import { loadMarket, type Market, periodsOf } from '../core/market.js';
import { useLoaded } from '../core/proven.js';
import { go, href } from '../core/route.js';
import { isBeforeDeadline, isOpen, isRunning } from '../core/standing.js';
import { count, exactMass, mass, money, price, time } from '../text/format.js';
import { phaseName } from '../text/names.js';
import { say } from '../text/say.js';
import { Parts } from '../ui/charts.js';
import { Icon } from '../ui/icons.js';
import { Card, Empty, Facts, Figure, Figures, Mark, Shown, Table } from '../ui/parts.js';
import { History, isPriced } from './market_history.js';
import { PriceStory } from './price.js';

/** The side chain and the period that a view is about: of the address, or the newest. */
export function usePeriod(chains: Chain[], path: string[]): { chain: Chain | undefined; sides: Chain[] } {
  const sides = chains.filter(({ isMain }) => !isMain);
  return { chain: sides.find(({ name }) => name === path[0]) ?? sides[0], sides };
}

export function MarketView({ chains, path }: PartProps) {
  const { chain, sides } = usePeriod(chains, path);
  if (chain === undefined)
    return (
      <Empty>
        {say('This node has no side chain: people trade on those.', '该节点没有侧链；交易在侧链上进行。')}
      </Empty>
    );
  return <ChainMarket key={chain.id} chain={chain} sides={sides} path={path} />;
}

interface PickerProps {
  part: string;
  chain: Chain;
  sides: Chain[];
  years: number[];
  year: number;
}
export function PeriodPicker({ part, chain, sides, years, year }: PickerProps) {
  return (
    <div class="picker">
      {sides.length > 1 && (
        <>
          <label for="pick-chain">{say('Chain', '链')}</label>
          <select
            id="pick-chain"
            value={chain.name}
            onChange={(event) => go(part, event.currentTarget.value)}
          >
            {sides.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </>
      )}
      <label for="pick-period">{say('Period', '履约期')}</label>
      <select
        id="pick-period"
        value={year}
        onChange={(event) => go(part, chain.name, event.currentTarget.value)}
      >
        {[...years].reverse().map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Where the address names a chain or a period that is not there: what is shown in its place. */
export function ShownInstead({ path, chain, year }: { path: string[]; chain: Chain; year: number }) {
  const [name = '', period = ''] = path;
  const isOther = name !== '' && name !== chain.name;
  const isMissing = period !== '' && period !== String(year);
  if ((!isOther && !isMissing) || year === 0) return null;
  return (
    <p class="notice warn" role="status">
      <Icon of="warn" />{' '}
      {isOther
        ? say(`This node has no side chain "${name}".`, `该节点没有侧链“${name}”。`)
        : say(`There is no period ${period} on ${chain.name}.`, `${chain.name} 没有 ${period} 履约期。`)}{' '}
      {say(`What is shown is ${year} on ${chain.name}.`, `以下显示的是 ${chain.name} 的 ${year} 年。`)}
    </p>
  );
}

function ChainMarket({ chain, sides, path }: { chain: Chain; sides: Chain[]; path: string[] }) {
  const chosen = Number(path[1] ?? 0);
  const years = useLoaded(chain, `years ${chain.id}`, () => periodsOf(chain));
  const year = years.value?.includes(chosen) === true ? chosen : (years.value?.at(-1) ?? 0);
  const market = useLoaded(chain, `market ${chain.id} ${year}`, async () =>
    year === 0 ? null : loadMarket(chain, year),
  );
  return (
    <>
      <div class="headline">
        <h1>{say('Market', '市场')}</h1>
        {years.value !== undefined && years.value.length > 0 && (
          <PeriodPicker part="market" chain={chain} sides={sides} years={years.value} year={year} />
        )}
      </div>
      <ShownInstead path={path} chain={chain} year={year} />
      <Shown of={years}>
        {(list) =>
          list.length === 0 ? (
            <Card title={say('No period yet', '尚无履约期')} proof="proven">
              <Empty>
                {say('The government has not opened a period on this chain.', '政府尚未在该链开启履约期。')}
              </Empty>
            </Card>
          ) : (
            <Shown of={market}>
              {(found) => found !== null && <MarketShown chain={chain} market={found} />}
            </Shown>
          )
        }
      </Shown>
    </>
  );
}

function PriceSymbol({ low }: { low: string }) {
  return (
    <var class="symbol">
      P<sub>{low}</sub>
    </var>
  );
}

function MarketShown({ chain, market }: { chain: Chain; market: Market }) {
  const { header, period, epochs } = market;
  const latest = epochs.at(-1);
  const open = isOpen(period) && market.paused === null;
  const isOver = !isRunning(period);
  const sells = isBeforeDeadline(period, header.fields.timeMs);
  return (
    <>
      <p class="lead">
        {say('The platform buys surplus at ', '平台以 ')}
        <PriceSymbol low="ph" />
        {say(' and sells to those who lack quota at ', ' 收购盈余，以 ')}
        <PriceSymbol low="c" />
        {say('. Between the two, people trade with each other.', ' 卖给缺额者；两价之间，个人可相互交易。')}
      </p>
      <Card
        title={say('Now', '当前')}
        proof="proven"
        height={header.height}
        aside={
          <span class={`badge ${open ? 'good' : 'open'}`}>
            {market.paused !== null
              ? say('paused', '已暂停')
              : open
                ? say('open', '开市')
                : say('closed', '休市')}
          </span>
        }
      >
        <Figures>
          <Figure
            label={
              <>
                {say('You get', '卖出价')} <PriceSymbol low="ph" />
              </>
            }
            proof="proven"
            large
            hint={
              open && latest !== undefined && isPriced(latest.record) && latest.record.buyPriceUyPerKg === 0n
                ? say('the platform takes surplus and pays nothing', '平台收取盈余但不付款')
                : sells
                  ? say('a kilogram that you sell', '每出售一公斤')
                  : say('the last price; nothing is sold any more', '最后价格；已不能出售')
            }
          >
            {latest === undefined || !isPriced(latest.record)
              ? '\u2013'
              : price(latest.record.buyPriceUyPerKg)}
          </Figure>
          <Figure
            label={
              <>
                {say('You pay', '买入价')} <PriceSymbol low="c" />
              </>
            }
            proof="proven"
            large
            hint={
              isOver
                ? say('the last price; nothing is bought any more', '最后价格；已不能购买')
                : say('a kilogram that you buy', '每购买一公斤')
            }
          >
            {latest === undefined || !isPriced(latest.record)
              ? '\u2013'
              : price(latest.record.sellPriceUyPerKg)}
          </Figure>
          <Figure
            label={say('Platform has', '平台库存')}
            proof="proven"
            exact={exactMass(market.book?.inventoryG ?? 0n)}
          >
            {mass(market.book?.inventoryG ?? 0n)}
          </Figure>
          <Figure label={say('Month', '月份')} proof="proven" hint={phaseName(period.phase)}>
            <a href={href('period', chain.name, period.period)}>
              {period.monthsAdvanced} / {period.months}
            </a>
          </Figure>
        </Figures>
        {market.paused !== null && (
          <p class="notice">
            {say(
              `Paused until ${time(market.paused.untilMs)}: ${market.paused.reason}`,
              `暂停至 ${time(market.paused.untilMs)}：${market.paused.reason}`,
            )}
          </p>
        )}
      </Card>
      {latest !== undefined && <PriceStory number={latest.number} record={latest.record} />}
      {epochs.length > 0 && <History market={market} />}
      <div class="columns">
        <Fees market={market} />
        <Platform market={market} />
      </div>
      <OrderBook market={market} />
    </>
  );
}

function Fees({ market: { fees, header, rules, epochs } }: { market: Market }) {
  const words = {
    [FeeSource.FLAT]: say("the chain's flat fee, once for both sides", '链的统一费用，双边只付一次'),
    [FeeSource.MODEL]: say('the two-sided model', '双边平台模型'),
    [FeeSource.EARLIER]: say('those of an earlier period', '沿用此前履约期'),
    [FeeSource.UNSPECIFIED]: '',
  };
  const latest = epochs.at(-1)?.record;
  const joining = (charge: bigint) =>
    charge < 0n ? say(`you are paid ${money(-charge)}`, `您获得 ${money(-charge)}`) : money(charge);
  return (
    <Card title={say('Fees', '费用')} proof="proven" height={header.height}>
      <Facts
        rows={[
          fees !== null && [say('To join and sell (f_s)', '加入并出售 f_s'), joining(fees.chargeSUy)],
          fees !== null && [say('To join and buy (f_d)', '加入并购买 f_d'), joining(fees.chargeDUy)],
          fees !== null && [say('They come from', '来源'), words[fees.source]],
          fees === null && [
            say('To join', '加入'),
            say(
              `fixed when the first person joins; ${money(rules?.parameters?.registrationFeeUy ?? 0n)} where the policy has no model`,
              `首位用户加入时确定；无模型时为 ${money(rules?.parameters?.registrationFeeUy ?? 0n)}`,
            ),
          ],
          [
            say('Each trade (p)', '每笔交易 p'),
            latest === undefined
              ? say('fixed with the first price', '首次定价时确定')
              : money(latest.tradeFeeUy),
          ],
        ]}
      />
    </Card>
  );
}

function Platform({ market: { book, header, epochs } }: { market: Market }) {
  if (book === null)
    return (
      <Card title={say("The platform's books", '平台账目')} proof="proven" height={header.height}>
        <Empty>{say('Nothing has been traded in this period.', '本履约期尚无交易。')}</Empty>
      </Card>
    );
  const profit = book.receivedUy + book.feesUy - book.paidUy - book.costUy;
  const expected = epochs.reduce((sum, { record }) => sum + record.expectedProfitUy, 0n);
  return (
    <Card title={say("The platform's books", '平台账目')} proof="proven" height={header.height}>
      <Facts
        rows={[
          [
            say('Bought from people', '收购'),
            <>
              {mass(book.boughtG)} · {money(book.paidUy)}
            </>,
          ],
          [
            say('Sold to people', '售出'),
            <>
              {mass(book.soldG)} · {money(book.receivedUy)}
            </>,
          ],
          [
            say('Costs and fees', '成本与费用'),
            <>
              − {money(book.costUy)} · + {money(book.feesUy)}
            </>,
          ],
          [say('Profit (1)', '利润 (1)'), <b class={profit < 0n ? 'bad' : 'good'}>{money(profit)}</b>],
          [say('The model expected', '模型预期'), money(expected)],
          [
            say('Sales and purchases, of people with each other too', '买卖笔数，含个人之间'),
            count(book.trades),
          ],
          [
            say('Between people, in auctions', '个人之间（集合竞价）'),
            <>
              {mass(book.matchedG)} · {money(book.matchedUy)}
            </>,
          ],
        ]}
      />
    </Card>
  );
}

function OrderBook({ market: { levels, header, epochs, period } }: { market: Market }) {
  const demand = levels.reduce((sum, { demandG }) => sum + demandG, 0n);
  const supply = levels.reduce((sum, { supplyG }) => sum + supplyG, 0n);
  const now = epochs.at(-1)?.record;
  return (
    <Card title={say('Order book', '订单簿')} proof="proven" height={header.height}>
      <p class="dim">
        {now === undefined
          ? say('It opens with the first price.', '首次定价后开放。')
          : !isBeforeDeadline(period, header.fields.timeMs)
            ? say(
                'It is closed: no order is placed in this period any more.',
                '已关闭：本履约期不再接受挂单。',
              )
            : now.sellPriceUyPerKg === 0n
              ? say('It is closed: there is no price now.', '已关闭：当前没有价格。')
              : say(
                  `Orders stand between ${price(now.buyPriceUyPerKg)} and ${price(now.sellPriceUyPerKg)}, on ticks of ${price(now.tickUyPerKg)}. After each block they meet at one price for everybody.`,
                  `挂单价格介于 ${price(now.buyPriceUyPerKg)} 与 ${price(now.sellPriceUyPerKg)} 之间，最小变动 ${price(now.tickUyPerKg)}。每个区块后按统一价格集合竞价。`,
                )}
      </p>
      {levels.length === 0 ? (
        <Empty>{say('Nobody has an order standing.', '目前没有挂单。')}</Empty>
      ) : (
        <>
          <Parts
            label={say(
              `Wanted ${mass(demand)}, offered ${mass(supply)}`,
              `求购 ${mass(demand)}，出售 ${mass(supply)}`,
            )}
            parts={[
              {
                name: say(`wanted: ${mass(demand)}`, `求购：${mass(demand)}`),
                tone: 'b',
                value: Number(demand),
              },
              {
                name: say(`offered: ${mass(supply)}`, `出售：${mass(supply)}`),
                tone: 'a',
                value: Number(supply),
              },
            ]}
          />
          <Table
            caption={say('Order book', '订单簿')}
            head={[
              { text: say('Wanted', '求购'), right: true },
              { text: say('Price', '价格'), right: true },
              { text: say('Offered', '出售'), right: true },
            ]}
            rows={[...levels].reverse().map(({ priceUyPerKg, demandG, supplyG }) => ({
              key: String(priceUyPerKg),
              cells: [
                demandG > 0n ? mass(demandG) : '',
                price(priceUyPerKg),
                supplyG > 0n ? mass(supplyG) : '',
              ],
            }))}
          />
        </>
      )}
      <p class="dim">
        <Mark of="proven" />{' '}
        {say(
          'Sums per price are in the chain\u2019s state; who stands behind them is public too, by account.',
          '各价位合计记录在链上状态中；挂单账户同样公开。',
        )}
      </p>
    </Card>
  );
}
