// The year after: nobody lacks quota in it, so the platform takes surplus and pays nothing; and somebody has come who was
// not there the year before.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import type { Page } from 'playwright-core';

import { ChainClient, MarketSide, openKeyFile, tables } from 'pcq-client';

import { figure, settled } from './browser.js';
import type { World } from './page.test.js';

// By it joining costs more than the chain's fee, and credits become quota.
const policyLines = `
credit_rate_ppb = 1_000_000_000
credit_cap_ppb = 100_000_000
[policy.fee_model]
ask_price_nano = 1_000_000_000
cross_s_nano = 1_000_000_000
value_unit_uy = 2_000_000
`;
const serviceFile = `
service_level_nano = 500_000_000
sens_d_nano = 300_000_000
sens_s_nano = 200_000_000
service_cost_nano = 500_000_000
`;

const methodologyFile = `
[[methodology]]
id = "trip"
title = "a trip"
unit = "trip"
avoided_mg_per_unit = 1_000_000
region = "here"
source = "a test"
`;

export function secondYear(world: World): void {
  let page: Page;

  test('a year opens in which everybody has more than enough, and a person comes', async () => {
    const { network } = world;
    const text = readFileSync(network.file('period.toml'), 'utf8').replace('period = 2027', 'period = 2028');
    await network.act('platform', 'market', 'service', network.file('service.toml', serviceFile));
    await network.act('government', 'period', 'open', network.file('period-2028.toml', text + policyLines));
    const key = network.file('third.pem');
    await network.run('key', 'new', key, '--plain');
    const registrar = await network.addressOf('platform');
    const commitment = '33'.repeat(32);
    const asked = ['--key', key, '--registrar', registrar, '--commitment', commitment];
    const request = (await network.run('account', 'request', ...asked)).trim();
    await network.act('platform', 'account', 'register', network.file('request-3', `${request}\n`));
    const addresses: string[] = [];
    for (const name of ['page.pem', 'other.pem']) {
      const encrypted = name === 'page.pem' ? ['--passphrase-file', network.file('pass')] : [];
      const shown = await network.json('key', 'show', network.file(name), ...encrypted);
      addresses.push(shown['account'] as string);
    }
    const lines = ['account,grams,reason', ...addresses.map((person) => `${person},12000000,adult`), ''];
    const quota = [network.file('list-2028.csv', lines.join('\n')), '--period', '2028'];
    await network.act('government', 'quota', 'issue', ...quota, '--rule', 'equal');
    await network.act('platform', 'quota', 'claim', ...quota);
    const reading = ['--period', '2028', '--month', '1', '--amount', '100kg'];
    for (const person of addresses)
      await network.act('meter', 'emissions', 'report', '--account', person, ...reading);
    await network.act('government', 'period', 'advance', '--period', '2028');
    for (;;) {
      const prices = (await network.json('market', 'prices', '--period', '2028').catch(() => ({}))) as {
        value?: { open?: boolean; buy_price_uy_per_kg?: string };
      };
      if (prices.value?.open !== true) continue;
      assert.equal(prices.value.buy_price_uy_per_kg, '0');
      return;
    }
  });

  test('the market says that the platform pays nothing', async () => {
    const { tester } = world;
    page = await tester.open('/#/market/side/2028');
    await settled(page);
    assert.match(await figure(page, 'You get').innerText(), /^\u00a50\.00/);
    await page.getByText('the platform takes surplus and pays nothing').waitFor();
  });

  test('quota is given away only by who has said so', async () => {
    const { tester, network } = world;
    await page.goto(`${tester.node}/#/wallet/side/2028`);
    await page.getByLabel(/^Key file/).setInputFiles({
      name: 'page.pem',
      mimeType: 'application/x-pem-file',
      buffer: Buffer.from(readFileSync(network.file('page.pem'), 'utf8')),
    });
    await page.getByLabel(/^Its passphrase/).fill('correct horse battery');
    await page.getByRole('button', { name: 'Open the key' }).click();
    const sell = page.locator('.card', { has: page.getByRole('heading', { name: 'Sell surplus' }) });
    await sell.getByText('The platform pays nothing now').waitFor();
    await sell.getByLabel(/How much/).fill('2');
    await sell.getByRole('button', { name: 'Sell…' }).click();
    const dialog = page.getByRole('dialog');
    const sign = dialog.getByRole('button', { name: 'Sign and sell' });
    assert.equal(await sign.isDisabled(), true);
    // Nobody has joined: what the model gives is the node's word, and as much as has to be signed.
    const joining = dialog.locator('.facts > div', { hasText: 'Joining this side of the market' });
    assert.match(await joining.innerText(), /\u00a52\.25/);
    assert.equal(await joining.locator('.mark.said').count(), 1);
    await tester.look(page, 'given-away');
    // Meanwhile the account joins elsewhere, as after a sale that was refused: it is not joined a second time.
    const side = new ChainClient({ nodes: network.nodes, genesis: network.genesis('side') });
    const key = await openKeyFile(readFileSync(network.file('page.pem'), 'utf8'), 'correct horse battery');
    const join = { period: 2028, side: MarketSide.SUPPLY, feeMaxUy: 2_250_000n };
    const joined = await side.act(await side.wallet(key), { case: 'joinMarket', value: join });
    assert.ok(joined.status === 'final' && joined.receipt.code === 0);
    await dialog.getByLabel(/^I give 2\skg away and get nothing for it/).check();
    await sign.click();
    await dialog.getByText('Done and final').waitFor({ timeout: 60_000 });
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    assert.equal((await side.reader.record(tables.holdings, [key.account(), 2028]))!.soldG, 2_000n);
    tester.noFaults();
  });

  test('of a settled year nothing is said to be for sale', async () => {
    const { tester } = world;
    await page.goto(`${tester.node}/#/wallet/side/2027`);
    await page.getByRole('heading', { name: '2027 at a glance' }).waitFor();
    await page.getByText(/settled: .* was banked, nothing of it is sold any more/).waitFor();
    assert.equal(await page.getByText('you may sell').count(), 0);
    assert.match(await figure(page, 'Emitted in all').innerText(), /^500/);
    assert.equal(await figure(page, 'By the year').count(), 0, 'nothing is left to forecast');
    await page.goto(`${tester.node}/#/market/side/2027`);
    await page.getByText('the last price; nothing is sold any more').waitFor();
    await page.getByText('the last price; nothing is bought any more').waitFor();
    await page.getByText('It is closed: no order is placed in this period any more.').waitFor();
    tester.noFaults();
  });

  test('a period that is not there is said not to be', async () => {
    const { tester } = world;
    for (const part of ['market', 'wallet', 'regulator']) {
      await page.goto(`${tester.node}/#/${part}/side/1999`);
      await page.getByText('There is no period 1999 on side. What is shown is 2028 on side.').waitFor();
    }
    await page.goto(`${tester.node}/#/market/elsewhere/2028`);
    await page.getByText('This node has no side chain "elsewhere".').waitFor();
    await page.goto(`${tester.node}/#/market/side/2027`);
    await settled(page);
    assert.equal(await page.getByText('There is no period').count(), 0);
  });

  test('people of a period are those who have anything of it', async () => {
    const { tester } = world;
    const verify = async (year: number) => {
      await page.goto(`${tester.node}/#/regulator/side/${year}/people`);
      await page.getByRole('button', { name: 'Verify all people' }).click();
      await page.getByRole('heading', { name: 'How it is spread' }).waitFor({ timeout: 60_000 });
    };
    await verify(2028);
    assert.equal(await figure(page, 'People of the period').innerText(), '2');
    await page.getByText('3 are registered; the others have nothing of it').waitFor();
    assert.equal(await figure(page, 'With a surplus').innerText(), '2');
    assert.equal(await figure(page, 'In deficit').innerText(), '0');
    await page.getByText('Nobody lacks quota.').waitFor();
    await page.getByText('Verified by this browser').waitFor();
    await verify(2027);
    assert.equal(await figure(page, 'People of the period').innerText(), '2');
    await page.getByText('Verified by this browser').waitFor();
    await page.getByRole('link', { name: 'Alerts', exact: true }).click();
    await page.getByText('2 people have fewer readings than the 12 months that are over.').waitFor();
    tester.noFaults();
    await page.context().close();
  });

  test('an honest chain on which credits were converted is not called wrong', async () => {
    const { tester, network } = world;
    const key = ['--key', network.file('page.pem'), '--passphrase-file', network.file('pass')];
    const shown = await network.json('key', 'show', network.file('page.pem'), ...key.slice(2));
    const year = ['--period', '2028'];
    await network.act('government', 'credit', 'load', '--file', network.file('trips.toml', methodologyFile));
    await network.act('government', 'credit', 'reserve', '--amount', '1t', ...year);
    const trips = ['--methodology', 'trip', '--units', '3', '--activity', 'three trips', '--month', '1'];
    const avoided = ['credit', 'avoided', '--account', shown['account'] as string, ...trips, ...year];
    await network.act('meter', ...avoided);
    const convert = () => network.run('credit', 'convert', '--amount', '3kg', ...year, ...key);
    while (
      !(await convert().then(
        () => true,
        () => false,
      ))
    ); // until the reserve has come to the side chain
    const regulator = await tester.open('/#/regulator/side/2028/totals');
    await settled(regulator);
    const row = (name: string) => regulator.locator('.facts > div', { hasText: name }).locator('dd');
    assert.match(await row('Committed on the main chain').innerText(), /^25,000\skg \(batches: 1\)/);
    assert.match(
      await row('the reserve for conversions').innerText(),
      /^1,000\.0\skg \(3\skg of it converted\)/,
    );
    assert.match(await row('Credited on the side chain').innerText(), /^24,003\skg\s+holds/);
    assert.equal(await regulator.getByText('Does NOT hold').count(), 0);
    assert.equal(await regulator.getByText('Verified by this browser').count(), 3);
    await tester.look(regulator, 'regulator-8-converted');
    tester.noFaults();
    await regulator.context().close();
  });
}
