// How a price came about: the numbers of the epoch's record put into Proposition 1, and worked out again here.
import { type EpochRecord } from 'pcq-client';
import { type ComponentChildren } from 'preact';

import { agrees } from '../core/proposition.js';
import { count, exactMass, mass, price, share } from '../text/format.js';
import { statusName } from '../text/names.js';
import { say } from '../text/say.js';
import { Icon } from '../ui/icons.js';
import { Card, Facts } from '../ui/parts.js';

function Step({
  formula,
  numbers,
  result,
  why,
}: {
  formula: ComponentChildren;
  numbers: ComponentChildren;
  result: ComponentChildren;
  why: string;
}) {
  return (
    <li>
      <div class="formula">
        <span>{formula}</span>
        <span class="numbers">= {numbers}</span>
        <b>= {result}</b>
      </div>
      <p class="dim">{why}</p>
    </li>
  );
}

const sub = (name: string, low: string) => (
  <var>
    {name}
    <sub>{low}</sub>
  </var>
);

export function PriceStory({ number, record: r }: { number: number; record: EpochRecord }) {
  const right = agrees(r);
  const priced = r.buyPriceUyPerKg > 0n || r.sellPriceUyPerKg > 0n;
  return (
    <Card
      title={say(`How the price of month ${number} came about`, `第 ${number} 月价格的由来`)}
      proof="proven"
      height={r.height}
      aside={
        <span class={`holds ${right ? 'good' : 'bad'}`}>
          <Icon of={right ? 'check' : 'warn'} />
          {right
            ? say('worked out again here: the same', '本地重新计算：一致')
            : say('worked out again here: another one', '本地重新计算：不一致')}
        </span>
      }
    >
      <p>
        {say(
          `The contract looked at ${count(r.people)} people. Outcome: ${statusName(r.status)}.`,
          `合约统计了 ${count(r.people)} 人。结果：${statusName(r.status)}。`,
        )}
      </p>
      {priced && (
        <ol class="story">
          <Step
            formula={
              <>
                <var>δ N</var>
              </>
            }
            numbers={
              <>
                {share(r.offsetRatioPpb)} × {mass(r.excessG)}
              </>
            }
            result={mass(r.demandG)}
            why={say(
              'What people lack, and the share of it that bought quota may offset: the demand.',
              '人们的缺额乘以可用购买配额抵消的比例：需求。',
            )}
          />
          <Step
            formula={
              <>
                {sub('P', 'ph')} <span class="op">=</span> <var>e</var> · <var>δ N</var> / (<var>D W</var>)
              </>
            }
            numbers={
              <>
                {price(r.effortCostUyPerKg)} × {mass(r.demandG)} / {mass(r.surplusG)}
              </>
            }
            result={price(r.clearedBuyPriceUyPerKg)}
            why={say(
              'The price at which just as much surplus is offered as is wanted. It is rounded up, and at most e.',
              '使盈余供给恰好等于需求的价格；向上取整，且不超过 e。',
            )}
          />
          {r.bounded && (
            <Step
              formula={sub('P', 'ph')}
              numbers={
                <>
                  {say('at most', '变动至多')} {share(r.priceChangePpb)} {say('from', '，自')}{' '}
                  {price(r.previousBuyPriceUyPerKg)}
                </>
              }
              result={price(r.buyPriceUyPerKg)}
              why={say('The policy bounds how far P_ph moves in a month.', '政策限制 P_ph 每月的变动幅度。')}
            />
          )}
          <Step
            formula={
              <>
                {sub('P', 'c')} <span class="op">=</span> 2 {sub('P', 'ph')} + <var>c</var> + {sub('c', 'b')}
              </>
            }
            numbers={
              <>
                2 × {price(r.buyPriceUyPerKg)} + {price(r.opCostUyPerKg)} + {price(r.chainCostUyPerKg)}
              </>
            }
            result={price(r.sellPriceUyPerKg)}
            why={
              r.marketPriceUyPerKg > 0n
                ? say(
                    `Not above the ceiling P = ${price(r.marketPriceUyPerKg)}; where that binds, both prices follow from it.`,
                    `不超过上限 P = ${price(r.marketPriceUyPerKg)}；若触及上限，则两价由上限推出。`,
                  )
                : say('There is no ceiling.', '没有价格上限。')
            }
          />
          <Step
            formula={
              <>
                <var>D W</var> · {sub('P', 'ph')} / <var>e</var>
              </>
            }
            numbers={
              <>
                {mass(r.surplusG)} × {price(r.buyPriceUyPerKg)} / {price(r.effortCostUyPerKg)}
              </>
            }
            result={mass(r.supplyG)}
            why={say(
              'What the model expects to be offered at this price (3): those whose effort costs less sell.',
              '模型预期在此价格下的供给 (3)：努力成本较低者出售。',
            )}
          />
        </ol>
      )}
      <details>
        <summary>{say('All inputs', '全部输入')}</summary>
        <Facts
          rows={[
            [
              <>
                <var>D W</var> {say('surplus of all', '总盈余')}
              </>,
              exactMass(r.surplusG),
            ],
            [
              <>
                <var>N</var> {say('excess of all', '总超额')}
              </>,
              exactMass(r.excessG),
            ],
            [
              <>
                <var>δ</var> {say('offset ratio', '抵消比例')}
              </>,
              share(r.offsetRatioPpb),
            ],
            [
              <>
                <var>e</var> {say('effort cost', '努力成本')}
              </>,
              price(r.effortCostUyPerKg),
            ],
            [
              <>
                <var>c</var> {say('operating cost', '运营成本')}
              </>,
              price(r.opCostUyPerKg),
            ],
            [
              <>
                {sub('c', 'b')} {say('cost of the chain', '链成本')}
              </>,
              price(r.chainCostUyPerKg),
            ],
            [
              <>
                <var>P</var> {say('ceiling', '上限')}
              </>,
              r.marketPriceUyPerKg === 0n ? say('none', '无') : price(r.marketPriceUyPerKg),
            ],
            [
              say('P_ph before', '此前 P_ph'),
              r.previousBuyPriceUyPerKg === 0n ? say('none', '无') : price(r.previousBuyPriceUyPerKg),
            ],
          ]}
        />
      </details>
    </Card>
  );
}
