// What an order comes to is said where it is signed: who lacks quota asks others for it, and thinks better of it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { ChainClient, tables } from 'pcq-client';

import { setAside } from '../src/core/standing.js';
import { parseAmount } from '../src/text/parse_amount.js';
import { settled } from './browser.js';
import type { World } from './page.test.js';

export function orderBill(world: World): void {
  test('an order says before it is signed what joining costs and what it sets aside', async () => {
    const { tester, network } = world;
    const page = await tester.open('/#/wallet');
    await settled(page);
    await page.getByLabel(/^Key file/).setInputFiles({
      name: 'other.pem',
      mimeType: 'application/x-pem-file',
      buffer: readFileSync(network.file('other.pem')),
    });
    await page.getByLabel(/^Its passphrase/).fill('correct horse battery');
    await page.getByRole('button', { name: 'Open the key' }).click();
    await page.getByRole('link', { name: 'Orders' }).click();
    await settled(page);
    await page.getByLabel('buy', { exact: true }).check();
    await page.getByLabel(/How much/).fill('1.001');
    const limit = parseAmount((await page.getByLabel(/^Limit/).getAttribute('placeholder'))!, 6)!;
    await page.getByRole('button', { name: 'Place it…' }).click();
    const dialog = page.getByRole('dialog');
    const shown = async (name: string) => {
      const row = dialog.locator('.facts > div', { hasText: name });
      return parseAmount((await row.locator('dd').innerText()).replace('\u00a5', '').trim(), 6);
    };
    const side = new ChainClient({ nodes: network.nodes, genesis: network.genesis('side') });
    const fees = (await side.reader.record(tables.fees, [2027]))!; // fixed: somebody has sold
    const { tradeFeeUy } = (await side.reader.record(tables.epochs, [2027, 1]))!;
    assert.equal(await shown('Joining this side of the market'), fees.chargeDUy);
    assert.equal(await shown('Set aside until it is filled or ends'), setAside(1_001n, limit, tradeFeeUy));
    await dialog.getByText('If the chain refuses the order, you have joined all the same.').waitFor();
    await dialog.getByText('The fee for the trade is that of the moment when the order is placed').waitFor();
    await tester.look(page, 'order-1-bill');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    tester.noFaults();
    await page.context().close();
  });
}
