// A node that dies and comes back: what is shown is said to be old, and every view recovers by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { settled } from './browser.js';
import type { World } from './page.test.js';

export function silence(world: World): void {
  test('while the node is silent the figures are not said to be of now, and afterwards they are', async () => {
    const { tester } = world;
    const page = await tester.open('/#/market');
    await settled(page);
    const now = page.locator('.card', { has: page.getByRole('heading', { name: 'Now', exact: true }) });
    await now.locator('.seal', { hasText: /^verified #/ }).waitFor();

    await page.context().setOffline(true);
    const line = page.locator('.silence', { hasText: 'does not tell how things are now' });
    for (const chain of ['main', 'side'])
      await line
        .getByText(
          new RegExp(`Figures of ${chain} are of block [\\d,]+, .* 20\\d\\d, .*; last heard of it .* ago`),
        )
        .waitFor();
    await now.locator('.seal.old', { hasText: /^verified, not of now #/ }).waitFor();
    assert.equal(await page.locator('.seal', { hasText: /^verified( #|$)/ }).count(), 0);
    await tester.look(page, 'silence');
    // A view that is opened meanwhile fails, and its code cannot be fetched either.
    await page.goto(`${tester.node}/#/regulator/side/2027/totals`);
    await page.getByText('That did not work').first().waitFor();
    await page.goto(`${tester.node}/#/period/side/2027`);
    await page.getByText('That did not work').first().waitFor();

    await page.context().setOffline(false);
    await page.getByRole('heading', { name: 'Where the quota is' }).waitFor({ timeout: 60_000 });
    await page.locator('.silence').first().waitFor({ state: 'detached' });
    assert.equal(await page.locator('.seal.old').count(), 0);
    await page.goto(`${tester.node}/#/regulator/side/2027/totals`);
    await page.getByRole('heading', { name: 'Conservation on side' }).waitFor();
    tester.noFaults();
    await page.context().close();
  });

  test('a view that failed at its first attempt is there once the node answers', async () => {
    const { tester } = world;
    const page = await tester.open('/#/network');
    await settled(page);
    let isBroken = true;
    await page.route('**/v1', async (route) => {
      const { id, method } = route.request().postDataJSON() as { id?: number; method?: string };
      if (!isBroken || method !== 'state') return route.continue();
      const error = { code: -32603, message: 'the disk is slow', data: { code: 1, name: 'internal' } };
      return route.fulfill({ json: { jsonrpc: '2.0', id, error } });
    });
    await page.goto(`${tester.node}/#/period/side/2027`);
    await page.getByText('That did not work').first().waitFor();
    isBroken = false;
    await page.getByRole('heading', { name: 'Where the quota is' }).waitFor({ timeout: 60_000 });
    assert.equal(await page.getByText('That did not work').count(), 0);
    tester.noFaults();
    await page.context().close();
  });
}
