// A regulator's way: the year is over; totals, everybody, trades and alerts verified, and exported.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import type { Page } from 'playwright-core';

import { settled } from './browser.js';
import type { World } from './page.test.js';

async function exported(page: Page, name: string): Promise<{ [column: string]: string }[]> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name }).click(),
  ]);
  const [head, ...lines] = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\r\n');
  const columns = head!.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [columns[i]!, cell])));
}
const sum = (rows: { [column: string]: string }[], column: string) =>
  rows.reduce((all, row) => all + BigInt(row[column]!), 0n);

export function regulator(world: World): void {
  let page: Page;

  test('the year ends and everybody is settled', async () => {
    const { network } = world;
    for (let month = 2; month <= 12; ++month) await network.act('government', 'period', 'advance');
    await network.act('government', 'period', 'close');
    page = await world.tester.open('/#/regulator');
    await page
      .getByText('The period\u2019s report', { exact: false })
      .or(page.getByText("The period's report"))
      .first()
      .waitFor();
    await page.getByText('the same on both chains').waitFor({ timeout: 60_000 });
  });

  test('totals and conservation are verified on both chains, and exported', async () => {
    await settled(page);
    assert.ok(
      (await page.getByText('Verified by this browser').count()) >= 3,
      'two chains, and that they agree',
    );
    assert.equal(await page.getByText('Does NOT hold').count(), 0);
    const [row] = await exported(page, 'Prices and volume');
    assert.equal(row!['sold_g'], '12500');
    assert.match(row!['header_hash']!, /^[0-9a-f]{64}$/);
    assert.equal(row!['surplus_g'], '500000');
    await world.tester.look(page, 'regulator-1-totals');
  });

  test('everybody is verified, and the sums are those that the header certifies', async () => {
    await page.getByRole('link', { name: 'People', exact: true }).click();
    await page.getByRole('button', { name: 'Verify all people' }).click();
    await page.getByRole('heading', { name: 'How it is spread' }).waitFor({ timeout: 60_000 });
    await page.getByText('Verified by this browser').waitFor();
    await world.tester.look(page, 'regulator-2-people');
    const people = await exported(page, 'Export as CSV');
    assert.equal(people.length, 2);
    assert.equal(sum(people, 'emitted_g'), 2_000_000n);
    assert.equal(sum(people, 'issued_g'), 24_000_000n);
    assert.equal(sum(people, 'sold_g'), 12_500n);
    assert.ok(people.every((person) => person['settled'] === '1' && person['account']!.startsWith('pcq1')));
  });

  test('trades are gathered from every block, and exported', async () => {
    await page.getByRole('link', { name: 'Trades', exact: true }).click();
    await page.getByRole('button', { name: 'Go through the blocks' }).click();
    await page.getByText('Every block of the chain').waitFor({ timeout: 120_000 });
    await world.tester.look(page, 'regulator-3-trades');
    const trades = await exported(page, 'Export as CSV');
    assert.equal(trades.length, 1);
    assert.equal(trades[0]!['grams'], '12500');
    assert.equal(trades[0]!['way'], 'platform');
  });

  test('alerts say what was looked at, and find the missing readings', async () => {
    await page.getByRole('link', { name: 'Alerts', exact: true }).click();
    await page.getByText('2 people have fewer readings than the 12 months that are over.').waitFor();
    for (const rule of ['Quota and money add up on every chain', 'Every price follows from its inputs'])
      await page.getByText(rule).waitFor();
    assert.equal(await page.locator('.grave').count(), 0);
    await world.tester.look(page, 'regulator-4-alerts');
    world.tester.noFaults();
    await page.context().close();
  });
}
