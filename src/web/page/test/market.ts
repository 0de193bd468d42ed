// The market as anybody sees it: prices, volume, and a price worked out again.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newest } from '../src/core/newest.js';
import { dueWith, forecast, setAside } from '../src/core/standing.js';
import { stocksOf } from '../src/core/stock.js';
import { throughput } from '../src/core/throughput.js';
import { parseAmount } from '../src/text/parse_amount.js';
import { figure, settled } from './browser.js';
import type { World } from './page.test.js';

export function market(world: World): void {
  test('of many months the newest are shown, not the first', () => {
    assert.deepEqual(newest(3, 64), [1, 2, 3]);
    assert.deepEqual(newest(0, 64), []);
    assert.deepEqual(newest(66, 64).slice(-2), [65, 66]);
    assert.equal(newest(66, 64).length, 64);
  });

  test('what the platform has is what it bought less what it sold, from the first month on', () => {
    const month = (number: number, soldG: bigint, boughtG: bigint) => ({
      number,
      record: { soldG, boughtG },
    });
    assert.deepEqual(stocksOf([month(1, 10n, 0n), month(2, 5n, 12n)]), [10n, 3n]);
    assert.deepEqual(stocksOf([month(3, 5n, 2n)]), [undefined]);
    assert.deepEqual(stocksOf([]), []);
  });

  test('what is owed falls due with the first period that is not settled', () => {
    const years = [2027, 2028, 2029];
    const due = (...settled: number[]) =>
      years.filter((year) => dueWith(year, years, (one) => settled.includes(one)));
    assert.deepEqual(due(), [2027]);
    assert.deepEqual(due(2027), [2028]);
    assert.deepEqual(due(2027, 2028, 2029), []);
  });

  test('the forecast is from the months that are over, and is not less than what is read', () => {
    const year = (...grams: [month: number, grams: bigint][]) => ({
      months: grams.map(([month, some]) => ({ month, grams: some })),
    });
    const after = (monthsAdvanced: number) => ({ months: 12, monthsAdvanced });
    assert.equal(forecast(null, after(1)), undefined);
    assert.equal(forecast(year([1, 100n]), after(0)), undefined, 'no month is over');
    assert.equal(forecast(year([1, 100n]), after(1)), 1_200n);
    assert.equal(
      forecast(year([1, 60n], [1, 40n], [2, 30n]), after(1)),
      1_200n,
      'two meters, and a part of month 2',
    );
    assert.equal(forecast(year([1, 100n], [2, 50n]), after(3)), 900n, 'the third is not read yet');
    assert.equal(forecast(year([1, 1n], [2, 500n]), after(1)), 501n);
  });

  test('an order to buy sets aside its price, rounded up, the fee, and a micro-yuan for each part', () => {
    assert.equal(setAside(1_001n, 7_000_001n, 500n), 7_007_002n + 500n + 64n);
    assert.equal(setAside(0n, 7_000_001n, 0n), 64n);
  });

  test('an amount is read as this page writes it: a comma groups digits', () => {
    const kilograms = (text: string) => parseAmount(text, 3);
    assert.equal(kilograms('12.5'), 12_500n);
    assert.equal(kilograms(' 0.001 '), 1n);
    assert.equal(kilograms('1,000'), 1_000_000n);
    assert.equal(kilograms('1,234,567.25'), 1_234_567_250n);
    assert.equal(kilograms("1'000"), 1_000_000n);
    assert.equal(kilograms('12\u00a0000'), 12_000_000n);
    for (const text of [
      '1,5',
      '1,00',
      '1000,5',
      '1,0000',
      '1.000,5',
      '1,234 567',
      ',5',
      '1.2345',
      '-1',
      '1e3',
      '',
    ])
      assert.equal(kilograms(text), undefined, text);
  });

  test('transactions a second are those of a minute, however few its blocks are', () => {
    const chain = (...blocks: [second: number, transactions: number][]) =>
      blocks.map(([second, transactionCount]) => ({
        fields: { timeMs: BigInt(second * 1_000), transactionCount },
      }));
    assert.equal(throughput([]), 0);
    assert.equal(throughput(chain([9, 1])), 0);
    assert.equal(throughput(chain([200, 1], [199.5, 1], [60, 5])), 2 / 60, 'two in a minute');
    assert.equal(throughput(chain([20, 30], [10, 10], [0, 0])), 2, 'the chain is 20 s old');
    assert.equal(throughput(chain([100, 60], [99, 60], [98, 60])), 60, 'nothing is known of before');
  });

  test('prices, inventory and volume are those of the chain', async () => {
    const { tester, network } = world;
    const page = await tester.open('/#/market');
    await settled(page);
    const { value } = (await network.json('market', 'prices')) as {
      value: { buy_price_uy_per_kg: string; sell_price_uy_per_kg: string };
    };
    const shown = async (label: string) => {
      const [, yuan] = /^\u00a5([\d.]+)\/kg$/.exec(await figure(page, label).innerText())!;
      return Number(yuan);
    };
    assert.equal(await shown('You get'), Number(value.buy_price_uy_per_kg) / 1e6);
    assert.equal(await shown('You pay'), Number(value.sell_price_uy_per_kg) / 1e6);
    assert.match(await figure(page, 'Platform has').innerText(), /^12\.5/);
    await page.getByText('The numbers').click();
    await page.getByRole('cell', { name: '12.5 kg' }).first().waitFor();
    await page.getByRole('img', { name: 'What the platform has at the end of each month' }).waitFor();
    await page.getByRole('img', { name: 'Fees by month' }).waitFor();
    const numbers = page.getByRole('table', { name: 'Prices and volume by month' });
    const column = (await numbers.getByRole('columnheader').allInnerTexts()).indexOf('Platform has then');
    const last = numbers.getByRole('row').last().getByRole('cell').nth(column);
    assert.equal(await last.innerText(), await figure(page, 'Platform has').innerText());
    tester.noFaults();
  });

  test('the price is worked out again from its inputs', async () => {
    const { tester } = world;
    const page = await tester.open('/#/market');
    await settled(page);
    await page.getByText('worked out again here: the same').waitFor();
    await page.getByText('The contract looked at 2 people').waitFor();
    await page.getByText('All inputs').click();
    await page.getByText('500 kg CO', { exact: false }).first().waitFor();
    tester.noFaults();
  });
}
