// Every view in both languages and themes, on a desktop and a phone: nobody is kept out (axe-core), nothing runs over the
// edge, a picture of each is left for whoever wants to look; and what a visit weighs.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { FileChooser, Page } from 'playwright-core';

import { desktop, type Look, phone, settled, violations } from './browser.js';
import type { World } from './page.test.js';

const views: { [name: string]: string } = {
  network: '#/network',
  block: '#/block/side/2',
  'first-block': '#/block/side/0',
  'no-address': '#/account/side/pcq1qzz',
  'not-found': `#/search/${'0123456789abcdef'.repeat(4)}`,
  'not-an-address': `#/search/pcq1${'q'.repeat(58)}`,
  period: '#/period/main/2027',
  market: '#/market',
  'market-2027': '#/market/side/2027',
  'no-period': '#/market/side/1999',
  wallet: '#/wallet',
  totals: '#/regulator/side/2027/totals',
  people: '#/regulator/side/2027/people',
  trades: '#/regulator/side/2027/trades',
  alerts: '#/regulator/side/2027/alerts',
  audits: '#/regulator/side/2027/audits',
  check: '#/check',
};

const looks: { name: string; look: Look }[] = [
  { name: 'desktop-light-en', look: { ...desktop, scheme: 'light', language: 'en' } },
  { name: 'desktop-dark-zh', look: { ...desktop, scheme: 'dark', language: 'zh' } },
  { name: 'phone-light-zh', look: { ...phone, scheme: 'light', language: 'zh' } },
  { name: 'phone-dark-en', look: { ...phone, scheme: 'dark', language: 'en' } },
];

// Of tables that are to stand whole on every screen, those that run over the edge or leave a cell out.
function cutTables(): string[] {
  return [...document.querySelectorAll<HTMLElement>('.scroll:has(.stacked)')]
    .filter((region) => {
      const cells = [...region.querySelectorAll<HTMLElement>('td')];
      const isCut = region.scrollWidth > region.clientWidth;
      return isCut || cells.some((cell) => cell.innerText !== '' && cell.offsetWidth === 0);
    })
    .map((region) => region.getAttribute('aria-label') ?? '');
}

interface Heard {
  tables: number;
  heads: number;
  rows: number;
  cells: number;
}
// What a screen reader is to hear of the tables that are open: whatever is seen, and all heads of those that are stacked.
function tablesShown(): Heard {
  const tables = [...document.querySelectorAll('table')].filter((table) => table.checkVisibility());
  const all = (what: string) => tables.flatMap((table) => [...table.querySelectorAll(what)]);
  const isSeen = (one: Element) => one.checkVisibility();
  return {
    tables: tables.length,
    heads: all('th').filter((head) => isSeen(head) || head.closest('.stacked') !== null).length,
    rows: all('tr').filter((row) => isSeen(row) || row.closest('.stacked') !== null).length,
    cells: all('td').filter(isSeen).length,
  };
}
async function tablesHeard(page: Page): Promise<Heard> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  const count = (role: string) => nodes.filter((node) => !node.ignored && node.role?.value === role).length;
  return { tables: count('table'), heads: count('columnheader'), rows: count('row'), cells: count('cell') };
}

// The tab of the part that is shown, if there are tabs.
function tabInSight(): boolean {
  const tab = document.querySelector('.tabs [aria-current]')?.getBoundingClientRect();
  return tab === undefined || (tab.left >= 0 && tab.right <= innerWidth);
}

export function look(world: World): void {
  for (const { name, look: how } of looks)
    test(`everybody can use every view: ${name}`, async () => {
      const { tester } = world;
      const page = await tester.open('/', how);
      for (const [view, path] of Object.entries(views)) {
        await page.goto(`${tester.node}/${path}`);
        await settled(page);
        assert.deepEqual(await violations(page), [], view);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${view} is ${over} pixels too wide`);
        assert.ok(await page.evaluate(tabInSight), `${view}: which part it is cannot be seen`);
        assert.deepEqual(await page.evaluate(cutTables), [], `${view}: tables with cells out of sight`);
        assert.deepEqual(await tablesHeard(page), await page.evaluate(tablesShown), `${view}: tables heard`);
        await tester.shot(page, `${view}-${name}`);
      }
      await page.locator('.chip').click();
      assert.deepEqual(await violations(page), [], 'the dialog of what is trusted');
      await tester.shot(page, `trust-${name}`);
      tester.noFaults();
      await page.context().close();
    });

  test('the keyboard is enough: skip link, parts, search, dialog and back', async () => {
    const page = await world.tester.open('/');
    await settled(page);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.className), 'skip');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
    await page.getByRole('link', { name: 'Market' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Market', exact: true }).waitFor();
    const chip = page.getByRole('button', { name: 'Verified, not pinned' });
    await chip.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.ok(await chip.evaluate((element) => element === document.activeElement), 'back where one was');
    await page.context().close();
  });

  test('the keyboard alone opens the choice of a file', async () => {
    const page = await world.tester.open('/#/wallet');
    // Listened for from here on, and not only when a key is pressed: Chromium would open a window of its own.
    const choosers: FileChooser[] = [];
    page.on('filechooser', (chooser) => choosers.push(chooser));
    await settled(page);
    await page.getByLabel(/^Passphrase, at least/).focus();
    for (const key of ['Enter', ' ']) {
      const input = page.getByLabel(/^Key file/);
      for (let tabs = 0; tabs < 12; ++tabs) {
        if (await input.evaluate((element) => element === document.activeElement)) break;
        await page.keyboard.press('Tab');
      }
      const outline = await page
        .locator('label.button[for=import-file]')
        .evaluate((label) => getComputedStyle(label).outlineStyle);
      assert.equal(outline, 'solid', 'one sees where one is');
      const opens = page.waitForEvent('filechooser');
      await page.keyboard.press(key);
      await opens;
    }
    assert.deepEqual(
      choosers.map((chooser) => chooser.isMultiple()),
      [false, false],
    );
    world.tester.noFaults();
    await page.context().close();
  });

  test('all of it weighs less than 250 kB, and paints in a second', async () => {
    const paints: number[] = [];
    for (let i = 0; i < 3; ++i) {
      const page = await world.tester.open('/');
      await settled(page);
      paints.push(
        await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]!.startTime),
      );
      if (i === 0) {
        for (const path of Object.values(views)) {
          await page.goto(`${world.tester.node}/${path}`);
          await settled(page);
        }
        const bytes = await page.evaluate(() =>
          [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
            .filter(({ name }) => !name.endsWith('/v1'))
            .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0),
        );
        console.log(`a visit of all views: ${bytes} bytes of page`);
        assert.ok(bytes > 50_000 && bytes < 250_000, `${bytes} bytes`);
      }
      await page.context().close();
    }
    console.log(`first contentful paint: ${paints.map(Math.round).join(', ')} ms`);
    assert.ok(Math.min(...paints) < 1_000, `painted after ${Math.min(...paints)} ms`);
  });
}
