// A person's way: a key made in the browser, registered, quota received, surplus sold, the cash seen.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import type { Download, Locator, Page } from 'playwright-core';

import { ChainClient, fromAddress, tables } from 'pcq-client';

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
    await page.getByRole('dialog').getByText('what you sign does not bound it').waitFor();
    assert.equal(await page.locator('.bill b .mark').count(), 0, 'what one gets is not proven before');
    // The joining is let through, and the sale after it is not: once more, and it is the sale that is sent again.
    const handedIn: string[] = [];
    await page.route('**/v1', async (route) => {
      const call = route.request().postDataJSON() as {
        id: number;
        method?: string;
        params?: { transaction?: string };
      };
      if (call.method !== 'submit') return route.continue();
      handedIn.push(call.params!.transaction!);
      if (new Set(handedIn).size === 1) return route.continue();
      const data = { code: 2008, name: 'account_not_open' };
      const error = { code: -32000, message: 'the account is frozen', data };
      return route.fulfill({ json: { jsonrpc: '2.0', id: call.id, error } });
    });
    const sign = page.getByRole('dialog').getByRole('button', { name: 'Sign and sell' });
    await sign.click();
    await page.getByText(/the very same transaction is sent/).waitFor({ timeout: 60_000 });
    await page.unrouteAll({ behavior: 'wait' });
    page.on('request', (request) => {
      const { method, params } = (request.postDataJSON() ?? {}) as { method?: string; params?: object };
      if (method === 'submit') handedIn.push((params as { transaction: string }).transaction);
    });
    await sign.click();
    await page.getByText('Done and final').waitFor({ timeout: 60_000 });
    assert.equal(new Set(handedIn).size, 2, 'a joining and a sale, however often they are sent');
    assert.match(await page.getByRole('dialog').innerText(), /sold 12\.500 kg/);
    const left = page.getByRole('dialog').locator('.left .facts');
    assert.match(await left.innerText(), /Quota of 2027\s+11,987\.5\skg/);
    assert.ok(Math.abs(number((await left.locator('dd').first().innerText()) ?? '') - (100 + net)) < 0.011);
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

  test('money is paid to somebody, and what is left is shown at once', async () => {
    const { tester, network } = world;
    const before = number(await figure(page, 'Money').innerText());
    const { account } = (await network.json('key', 'show', network.file('other.pem'))) as { account: string };
    await page.getByRole('link', { name: 'Pay', exact: true }).click();
    await page.getByLabel('To the address').fill(`${account.slice(0, -1)}b`);
    await page.getByText('This is no address').waitFor();
    await page.getByLabel('To the address').fill(account);
    await page.getByLabel(/How much/).fill('2.345678');
    await page.getByRole('button', { name: 'Pay…' }).click();
    await page.getByRole('dialog').getByRole('heading', { name: 'Pay ¥2.345678' }).waitFor(); // not ¥2.35
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByLabel(/How much/).fill('2.5');
    await page.getByRole('button', { name: 'Pay…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign and pay' }).click();
    await page.getByText('Done and final').waitFor({ timeout: 60_000 });
    const left = page.getByRole('dialog').locator('.left .facts dd');
    assert.ok(Math.abs(number(await left.first().innerText()) - (before - 2.5)) < 0.011);
    await tester.look(page, 'path-4-paid');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    const side = new ChainClient({ nodes: network.nodes, genesis: network.genesis('side') });
    const theirs = await side.reader.record(tables.cash, [fromAddress(account)]);
    assert.equal(theirs!.balanceUy, 102_500_000n);
    tester.noFaults();
  });

  test('a node that passes a payment on and says that it has expired has it made once', async () => {
    const { tester, network } = world;
    const { account } = (await network.json('key', 'show', network.file('other.pem'))) as { account: string };
    const side = new ChainClient({ nodes: network.nodes, genesis: network.genesis('side') });
    const has = async () => (await side.reader.record(tables.cash, [fromAddress(account)]))!.balanceUy;
    const before = await has();
    const handedIn: string[] = [];
    await page.route('**/v1', async (route) => {
      const call = route.request().postDataJSON() as {
        id: number;
        method?: string;
        params?: { hash?: string; transaction?: string };
      };
      if (call.method !== 'submit' && call.method !== 'transaction') return route.continue();
      const answer = await route.fetch();
      const { result } = (await answer.json()) as { result?: { hash?: string } };
      if (call.method === 'submit') handedIn.push(call.params!.transaction!);
      const status = call.method === 'submit' ? 'expired' : 'unknown'; // and it keeps the proof for itself
      const hash = call.params!.hash ?? result?.hash;
      return route.fulfill({ json: { jsonrpc: '2.0', id: call.id, result: { hash, status } } });
    });
    const pay = async () => {
      await page.getByLabel('To the address').fill(account);
      await page.getByLabel(/How much/).fill('1.25');
      await page.getByRole('button', { name: 'Pay…' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Sign and pay' }).click();
    };
    const dialog = page.getByRole('dialog');
    const inBlock = /which is proven, but the node does not show what became of it/;
    await page.getByRole('link', { name: 'Pay', exact: true }).click();
    await pay();
    await dialog.getByText(inBlock).waitFor({ timeout: 60_000 });
    assert.equal(await dialog.getByText('Done and final').count(), 0);
    await dialog.getByRole('button', { name: 'Sign and pay' }).click(); // as somebody does who believes the node
    await dialog.getByText(inBlock).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    const notice = page.locator('.undecided');
    await notice.getByText('Sent, and not known how it ended').waitFor();
    await notice.getByText('It is proven to be in block').waitFor();
    await tester.look(page, 'path-4-undecided');
    assert.equal(new Set(handedIn).size, 1, 'the same transaction, however often');
    assert.equal(await has(), before + 1_250_000n);

    await page.unrouteAll({ behavior: 'wait' });
    await notice.getByText('Known now').waitFor();
    await notice.getByText('done', { exact: true }).waitFor();
    // The same once more, before it was said to be seen: it is what was sent, and nothing is signed.
    await pay();
    await dialog.getByText('This is what you sent before').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    assert.equal(await notice.count(), 0);
    assert.equal(await has(), before + 1_250_000n, 'paid once');
    tester.noFaults();
  });

  test('a payment that never left is sent again as it was, not signed anew', async () => {
    const { tester, network } = world;
    const { account } = (await network.json('key', 'show', network.file('other.pem'))) as { account: string };
    const handedIn: string[] = [];
    let isKept = true;
    await page.route('**/v1', async (route) => {
      const call = route.request().postDataJSON() as {
        id: number;
        method?: string;
        params?: { transaction?: string };
      };
      if (call.method !== 'submit') return route.continue();
      handedIn.push(call.params!.transaction!);
      if (!isKept) return route.continue();
      const data = { code: 2008, name: 'account_not_open' };
      const error = { code: -32000, message: 'the account is frozen', data };
      return route.fulfill({ json: { jsonrpc: '2.0', id: call.id, error } });
    });
    const dialog = page.getByRole('dialog');
    await page.getByLabel('To the address').fill(account);
    await page.getByLabel(/How much/).fill('0.50');
    await page.getByRole('button', { name: 'Pay…' }).click();
    await dialog.getByRole('button', { name: 'Sign and pay' }).click();
    await dialog.getByText(/That is its word, which nothing proves/).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('.undecided').getByRole('button', { name: 'Send the same again…' }).click();
    isKept = false;
    await dialog.getByRole('button', { name: 'Send', exact: true }).click();
    await dialog.getByText('Done and final').waitFor({ timeout: 60_000 });
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.locator('.undecided').getByRole('button', { name: 'I have seen it' }).click();
    assert.ok(handedIn.length >= 2);
    assert.equal(new Set(handedIn).size, 1);
    await page.unrouteAll({ behavior: 'wait' });
    tester.noFaults();
  });

  test('an order is placed, stands, and is cancelled; one that cannot be placed is told why', async () => {
    const { tester } = world;
    await page.getByRole('link', { name: 'Orders' }).click();
    await settled(page);
    const [amount, limit] = [page.getByLabel(/How much/), page.getByLabel(/^Limit/)];
    const place = page.getByRole('button', { name: 'Place it…' });
    const refused = async (field: Locator, typed: string, why: string | RegExp) => {
      await field.fill(typed);
      await page.getByText(why).waitFor();
      assert.equal(await field.getAttribute('aria-invalid'), 'true', typed);
      assert.equal(await place.isDisabled(), true, typed);
    };
    for (const typed of ['abc', '1,5']) await refused(amount, typed, 'Kilograms with at most three decimals');
    await refused(amount, '0', /An order is for at least/);
    await refused(amount, '99999', /More than 487\.5\skg/);
    await tester.look(page, 'path-5-refused');
    await amount.fill('123.456');
    await refused(limit, 'abc', 'Yuan with at most six decimals');
    await refused(limit, '0.000001', /^Less than \u00a5/);
    await refused(limit, '99999', /^More than \u00a5/);
    await limit.fill('');
    await page.getByLabel('buy', { exact: true }).check();
    await amount.fill('');
    await page.getByText('You lack nothing.').waitFor();
    await page.getByLabel('sell', { exact: true }).check();
    await amount.fill('123.456');
    await place.click();
    await page
      .getByRole('dialog')
      .getByText(/^123\.456\skg @/)
      .waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign and place' }).click();
    await page.getByText('Done and final').waitFor({ timeout: 60_000 });
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    const row = page.locator('tbody tr', { hasText: 'sell' });
    await row.getByText('123.456 kg').first().waitFor();
    await tester.look(page, 'path-5-orders');
    await row.getByRole('button', { name: 'Cancel' }).click();
    await page
      .getByRole('dialog')
      .getByText(/^sell 123\.456\skg @ \u00a5/)
      .waitFor();
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

  test('the statement has every movement, is saved with its proof, and pcq finds it right', async () => {
    const { tester, network } = world;
    await page.getByRole('link', { name: 'Statement' }).click();
    await page.getByRole('heading', { name: 'Statement for 2027' }).waitFor();
    await page.getByRole('img', { name: /QR code/ }).waitFor();
    const file = await saved(page, 'Save the proof');
    const { movements } = JSON.parse(file) as { movements: { holding: string[]; cash: string[] } };
    const [quota, money] = [movements.holding.length, movements.cash.length];
    assert.ok(quota >= 4 && money >= 3, 'issued, sold, offered and taken back; paid in, sold, joined');
    await page
      .getByText(`Complete: all ${quota + money} movements, ${quota} of the period\u2019s quota`)
      .waitFor();
    const table = page.getByRole('region', { name: 'Movements' });
    await table.getByText('sold +12.5 kg').waitFor();
    await table.getByText('issued +12,000 kg').waitFor();
    const genesis = network.file('net/side.json');
    const statement = network.file('page-statement.json', file);
    const found = await network.run('audit', 'check', statement, '--genesis', genesis);
    assert.match(found, /complete/);
    await tester.look(page, 'path-7-statement');
    await page.emulateMedia({ media: 'print' });
    await tester.shot(page, 'path-7-statement-print');
    await page.emulateMedia({ media: 'screen' });
    tester.noFaults();
  });

  test('where the node has not all blocks, the statement says so, and its words are marked as English', async () => {
    const { tester } = world;
    const refusal = {
      code: -32000,
      message: 'block 3 is pruned',
      data: { code: 5003, name: 'height_pruned' },
    };
    await page.route('**/v1', async (route) => {
      const call = route.request().postDataJSON() as {
        id: number;
        method: string;
        params?: { height?: string };
      };
      const isOld = call.method === 'state' && call.params?.height !== undefined;
      return isOld
        ? route.fulfill({ json: { jsonrpc: '2.0', id: call.id, error: refusal } })
        : route.continue();
    });
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByRole('heading', { name: 'History' }).waitFor(); // the statement is gone, and is made anew
    await page.getByRole('link', { name: 'Statement', exact: true }).click();
    const notice = page.locator('.notice', { hasText: 'This node cannot list every movement' });
    await notice.locator('[lang=en]', { hasText: 'block 3 is pruned' }).waitFor();
    await page.unrouteAll({ behavior: 'wait' });
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('heading', { name: '2027 at a glance' }).waitFor();
    tester.noFaults();
  });

  test('a tab that is closed while it waits has noted what it sent', async () => {
    const { account } = (await world.network.json('key', 'show', world.network.file('other.pem'))) as {
      account: string;
    };
    await page.getByRole('link', { name: 'Pay', exact: true }).click();
    await page.getByLabel('To the address').fill(account);
    await page.getByLabel(/How much/).fill('0.75');
    await page.getByRole('button', { name: 'Pay…' }).click();
    const committed = new Promise<void>((resolve) => {
      void page.route('**/v1', async (route) => {
        const { method } = route.request().postDataJSON() as { method?: string };
        if (method !== 'submit') return route.continue();
        await route.fetch();
        resolve(); // and the page never hears of it
      });
    });
    await page.getByRole('dialog').getByRole('button', { name: 'Sign and pay' }).click();
    await committed;
    await page.reload(); // while it waits
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.locator('.undecided').getByText('Known now').waitFor();
    await page.locator('.undecided').getByRole('button', { name: 'I have seen it' }).click();
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByText(/Send money ¥0\.75 to/).waitFor();
    await page.getByRole('link', { name: 'Overview' }).click();
    world.tester.noFaults();
  });

  test('after a reload the key is there, locked, and only the right passphrase opens it', async () => {
    await page.reload();
    await settled(page);
    await page.getByRole('button', { name: 'Unlock' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Passphrase').fill('wrong');
    await dialog.getByRole('button', { name: 'Unlock' }).click();
    await dialog.getByText('This passphrase does not open the key').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    // From within the form of a sale: nothing is sold by unlocking.
    await page.locator('form').getByRole('button', { name: 'Unlock' }).first().click();
    await dialog.getByLabel('Passphrase').fill(passphrase);
    await dialog.getByRole('button', { name: 'Unlock' }).click();
    await page.getByRole('button', { name: 'Lock', exact: true }).waitFor();
    await dialog.waitFor({ state: 'detached' });
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }));
    assert.doesNotMatch(kept, /-----BEGIN PRIVATE KEY/);
    assert.doesNotMatch(kept, new RegExp(passphrase));
    world.tester.noFaults();
  });

  test('another passphrase asks for no new copy: the one that was saved still opens', async () => {
    await page.getByRole('link', { name: 'Key', exact: true }).click();
    await page.getByText('Another passphrase').click();
    await page.getByLabel('The present one').fill(passphrase);
    await page.getByLabel(/^The new one/).fill('another passphrase');
    await page.getByRole('button', { name: 'Change it' }).click();
    await page.getByText('A file that you saved before still opens').waitFor();
    assert.equal(await page.getByText('Save your key before you use it').count(), 0);
    await page.getByRole('button', { name: 'Remove it from this browser' }).click();
    await page.getByText('You have saved its file').waitFor();

    // Removed here, it is gone in every window of this browser.
    const second = await page.context().newPage();
    await second.goto(`${world.tester.node}/#/wallet`);
    await settled(second);
    await page.getByRole('button', { name: 'Remove it', exact: true }).click();
    await second.getByRole('heading', { name: 'Make a new key' }).waitFor();
    world.tester.noFaults();
  });

  test('of a file the key alone is kept, never unencrypted, whatever else the file says', async () => {
    const plain = readFileSync(world.network.file('other.pem'), 'utf8');
    const open = page.getByRole('button', { name: 'Open the key' });
    await page.getByLabel(/^Key file/).setInputFiles({
      name: 'key.pem',
      mimeType: 'application/x-pem-file',
      buffer: Buffer.from(`This key is not ENCRYPTED.\n${plain}`),
    });
    await page.getByLabel(/^Its passphrase/).fill('short');
    await open.click();
    await page.getByText('give a passphrase of at least 8 characters').waitFor();
    await page.getByLabel(/^Its passphrase/).fill(passphrase);
    await open.click();
    await page.getByRole('button', { name: 'Lock', exact: true }).waitFor();
    const { file } = await page.evaluate(
      () => JSON.parse(localStorage.getItem('pcq.key')!) as { file: string },
    );
    assert.match(file, /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
    assert.doesNotMatch(file, /-----BEGIN PRIVATE KEY|not ENCRYPTED/);
    world.tester.noFaults();
  });

  test('nothing is signed for a chain that is not the pinned one', async () => {
    await page.evaluate(() => localStorage.setItem('pcq.pins', JSON.stringify({ side: '00'.repeat(32) })));
    await page.reload();
    await page.getByText('This is not the chain "side" that you have pinned').waitFor();
    const submitted: string[] = [];
    page.on('request', (request) => {
      if (request.postData()?.includes('"submit"')) submitted.push(request.postData()!);
    });
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Unlock' }).first().click();
    await dialog.getByLabel('Passphrase').fill(passphrase);
    await dialog.getByRole('button', { name: 'Unlock' }).click();
    await page.getByRole('link', { name: 'Pay', exact: true }).click();
    await page.getByLabel('To the address').fill(await world.network.addressOf('platform'));
    await page.getByLabel(/How much/).fill('1');
    await page.getByRole('button', { name: 'Pay…' }).click();
    await dialog.getByRole('button', { name: 'Sign and pay' }).click();
    await dialog.getByText('nothing is signed for it').waitFor();
    assert.deepEqual(submitted, []);
    world.tester.noFaults();
    await page.context().close();
  });
}
