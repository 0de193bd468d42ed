// A network a second after `pcq net up`: nobody has acted, and block 0 is all there is.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { decode, encode, fromBase64, HeaderSchema, toBase64 } from 'pcq-client';

import { settled } from './browser.js';
import type { World } from './page.test.js';

const views = [
  'network',
  'market',
  'wallet',
  'regulator',
  'check',
  'block/side/0',
  'block/main/0',
  'search/0',
];

/** Ends with the period opened. */
export function fresh(world: World): void {
  after(() => world.network.openPeriod());

  test('every view holds before anybody has acted', async () => {
    const { tester, network } = world;
    const account = `account/side/${await network.addressOf('platform')}`;
    const page = await tester.open('/');
    for (const view of [...views, account]) {
      await page.goto(`${tester.node}/#/${view}`);
      await settled(page);
      assert.deepEqual(await page.getByRole('alert').allInnerTexts(), [], view);
    }
    tester.noFaults();
    await page.context().close();
  });

  test('block 0 is said to follow from the genesis document, and to be signed by nobody', async () => {
    const { tester } = world;
    const page = await tester.open('/');
    await settled(page);
    const first = 'the first block: it follows from the genesis document';
    assert.equal(await page.locator('.chain').getByText(first).count(), 2);
    assert.equal(await page.getByText('signed block').count(), 0);
    for (const chain of ['main', 'side']) {
      await page.goto(`${tester.node}/#/block/${chain}/0`);
      await page.locator('.facts').getByText(`nobody; ${first}`).waitFor();
    }
    tester.noFaults();
    await page.context().close();
  });

  test('a node that shows another block 0 is caught', async () => {
    const { tester } = world;
    const page = await tester.open('/#/wallet');
    await settled(page);
    await page.route('**/v1', async (route) => {
      const answer = await route.fetch();
      const json = (await answer.json()) as { result?: { header?: string } };
      const shown = json.result?.header;
      if (shown !== undefined) {
        const fields = decode(HeaderSchema, fromBase64(shown))!;
        json.result!.header = toBase64(encode(HeaderSchema, { ...fields, timeMs: fields.timeMs + 1n }));
      }
      await route.fulfill({ response: answer, json });
    });
    await page.goto(`${tester.node}/#/block/side/0`);
    await page.getByText('The node showed something that does not hold').first().waitFor();
    await page.getByText('another block 0 follows from the genesis document').first().waitFor();
    tester.noFaults();
    await page.context().close();
  });
}
