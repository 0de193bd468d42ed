// A person's way: a key made in the browser, registered, quota received, surplus sold, the cash seen.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import type { Download, Locator, Page } from 'playwright-core';

import { figure, settled } from './browser.js';
import type { World } from './page.test.js';

const passphrase = 'correct horse battery';

async function contentOf(download: Download): Promise<string> {
  return readFileSync(await download.path(), 'utf8');
}
async function saved(page: Page, button: string, within: Page | Locator = page): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    within.getByRole('button', { name: button }).click(),
  ]);
  return contentOf(download);
}
const number = (text: string) => Number(text.replace(/[^\d.]/g, ''));

// Whoever buys what the person sells.
async function anotherPerson({ network }: World): Promise<string> {
  const key = network.file('other.pem');
  await network.run('key', 'new', key, '--plain');
  const registrar = await network.addressOf('platform');
  return (
    await network.run(
      'account',
      'request',
      '--key',
      key,
      '--registrar',
      registrar,
      '--commitment',
      '22'.repeat(32),
    )
  ).trim();
}

export function wallet(world: World): void {
  let page: Page;

  test('a key is made here, saved, and opens in pcq', async () => {
    const { tester, network } = world;
    page = await tester.open('/#/wallet');
    await settled(page);
    await page.getByLabel('Passphrase, at least 8 characters').fill(passphrase);
    await page.getByLabel('The same again').fill('something else');
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('The two passphrases differ').waitFor();
    await page.getByLabel('The same again').fill(passphrase);
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('Save your key before you use it').waitFor();
    const file = await saved(page, 'Save the key file', page.locator('.problem'));
    await page.getByText('Save your key before you use it').waitFor({ state: 'detached' });
    assert.match(file, /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
    const shown = await network.json(
      'key',
      'show',
      network.file('page.pem', file),
      '--passphrase-file',
      network.file('pass', `${passphrase}\n`),
    );
    const address = shown['account'] as string;
    await page.getByTitle(address).first().waitFor();
    await tester.look(page, 'path-1-key');
  });

  test('the request goes to the registrar, and the page notices the registration and the quota', async () => {
    const { tester, network } = world;
    await page.getByLabel(/What the registrar knows you by/).fill('identity card 4711');
    await page.getByRole('button', { name: 'Make the request' }).click();
    const request = await page.getByLabel(/one line for the registrar/).inputValue();
    assert.doesNotMatch(request, /4711/, 'only the hash leaves the browser');
    const own = JSON.parse(await saved(page, 'Save the salt, for yourself')) as { of: string; salt: string };
    assert.equal(own.of, 'identity card 4711');
    assert.match(own.salt, /^[0-9a-f]{64}$/);
    await tester.look(page, 'path-2-request');
    await network.admit([request, await anotherPerson(world)]);

    await page.getByRole('heading', { name: '2027 at a glance' }).waitFor();
    await page.waitForFunction(() => document.body.innerText.includes('you may sell 500'));
    assert.match(await figure(page, 'Quota of the year').innerText(), /^12,000/);
    assert.match(await figure(page, 'Emitted').innerText(), /^500/);
    assert.match(await figure(page, 'By the year').innerText(), /^6,000/);
    assert.match(await figure(page, 'Money').innerText(), /100\.00/);
    tester.noFaults();
  });

  test('surplus is sold, final with its proof, and the cash is what the bill said', async () => {
    const { tester, network } = world;
    const sell = page.locator('.card', { has: page.getByRole('heading', { name: 'Sell surplus' }) });
    await sell.getByLabel(/How much/).fill('600');
    await sell.getByText('More than 500').waitFor();
    await sell.getByLabel(/How much/).fill('12.5');
    await tester.look(page, 'path-3-wallet');
    const net = number(await sell.locator('.bill dd').last().innerText());
    await sell.getByRole('button', { name: 'Sell…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign and sell' }).click();
    await page.getByText('Done and final').waitFor({ timeout: 60_000 });
    assert.match(await page.getByRole('dialog').innerText(), /sold 12\.500 kg/);
    await tester.look(page, 'path-4-sold');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await page.waitForFunction(() => document.body.innerText.includes('you may sell 487.5'));
    const cash = number(await figure(page, 'Money').innerText());
    assert.ok(Math.abs(cash - (100 + net)) < 0.011, `100 + ${net} is ${cash}`);
    const address = (await page.locator('.headline a[title]').first().getAttribute('title'))!;
    const seen = await network.json('--chain', 'side', 'quota', address);
    assert.ok(JSON.stringify(seen).includes('12500'), 'pcq sees the same sale');
    tester.noFaults();
  });

  test('an order is placed, stands, and is cancelled', async () => {
    await page.getByRole('link', { name: 'Orders' }).click();
    await settled(page);
    await page.getByLabel(/How much/).fill('5');
    await page.getByRole('button', { name: 'Place it…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign and place' }).click();
    await page.getByText('Done and final').waitFor({ timeout: 60_000 });
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    const row = page.locator('tbody tr', { hasText: 'sell' });
    await row.getByText('5 kg').first().waitFor();
    await world.tester.look(page, 'path-5-orders');
    await row.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign and cancel' }).click();
    await page.getByText('Done and final').waitFor({ timeout: 60_000 });
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await page.getByText('No order of yours stands').waitFor();
    world.tester.noFaults();
  });

  test('the history has the sale, and a look through the chain finds what others did', async () => {
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByText('Sell surplus: Sell 12.5 kg to the platform').waitFor();
    assert.equal(await page.getByText('Pay in').count(), 0);
    await page.getByRole('button', { name: 'Look through the chain' }).click();
    await page.getByText('Looked through down to block 1.').waitFor({ timeout: 60_000 });
    await page.getByText(/Pay in ¥100\.00/).waitFor();
    await page.getByText('Credit issued quota').first().waitFor();
    await world.tester.look(page, 'path-6-history');
    world.tester.noFaults();
  });

  test('the statement is saved with its proof, which holds, and does not when it is altered', async () => {
    const { tester } = world;
    await page.getByRole('link', { name: 'Statement' }).click();
    await page.getByRole('heading', { name: 'Statement for 2027' }).waitFor();
    await page.getByRole('img', { name: /QR code/ }).waitFor();
    const file = await saved(page, 'Save the proof');
    const stranger = await tester.open('/#/wallet');
    await settled(stranger);
    const give = (content: string) =>
      stranger.getByLabel('Proof file (.json)').setInputFiles({
        name: 'statement.json',
        mimeType: 'application/json',
        buffer: Buffer.from(content),
      });
    await give(file);
    await stranger.getByText('The file proves the following').waitFor();
    await stranger.getByText('12.5 kg CO').first().waitFor();
    const altered = JSON.parse(file) as { records: { value: string | null }[] };
    const holding = altered.records[2]!;
    const bytes = Buffer.from(holding.value!, 'base64');
    bytes[bytes.length - 1] ^= 1;
    holding.value = bytes.toString('base64');
    await give(JSON.stringify(altered));
    await stranger.getByText('The node showed something that does not hold').waitFor();
    assert.equal(await stranger.getByText('The file proves the following').count(), 0);
    await tester.look(page, 'path-7-statement');
    await page.emulateMedia({ media: 'print' });
    await tester.shot(page, 'path-7-statement-print');
    await page.emulateMedia({ media: 'screen' });
    tester.noFaults();
  });

  test('after a reload the key is there, locked, and only the right passphrase opens it', async () => {
    await page.reload();
    await settled(page);
    await page.getByRole('button', { name: 'Unlock' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Passphrase').fill('wrong');
    await dialog.getByRole('button', { name: 'Unlock' }).click();
    await dialog.getByText('This passphrase does not open the key').waitFor();
    await dialog.getByLabel('Passphrase').fill(passphrase);
    await dialog.getByRole('button', { name: 'Unlock' }).click();
    await page.getByRole('button', { name: 'Lock' }).waitFor();
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }));
    assert.doesNotMatch(kept, /-----BEGIN PRIVATE KEY/);
    assert.doesNotMatch(kept, new RegExp(passphrase));
    world.tester.noFaults();
    await page.context().close();
  });
}
