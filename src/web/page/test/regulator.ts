// A regulator's way: the year is over; totals, everybody, trades and alerts verified, and exported.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import type { Page } from 'playwright-core';

import { ChainClient, encode, type Json, openKeyFile, toHex, TotalsSchema } from 'pcq-client';

import { figure, settled } from './browser.js';
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

interface Call {
  id: number;
  method: string;
  params?: { height?: string };
}
/** What the node answers is bent on its way to the page. Nothing: it is passed on as it is. */
async function bend(
  page: Page,
  lie: (call: Call, honest: () => Promise<Json>) => Promise<object | undefined>,
) {
  await page.route('**/v1', async (route) => {
    const call = route.request().postDataJSON() as Call;
    const honest = async () => ((await (await route.fetch()).json()) as { result: Json }).result;
    const answer = await lie(call, honest);
    if (answer === undefined) return route.continue();
    return route.fulfill({ json: { jsonrpc: '2.0', id: call.id, ...answer } });
  });
}

/** A rule of the alerts that was not looked at in whole: it says why, and has neither the check nor the seal. */
async function assertOpen(page: Page, rule: string, why: string | RegExp): Promise<void> {
  const line = page.locator('.rules li', { hasText: rule });
  await line.getByText(why).waitFor();
  assert.equal(await line.locator('.good, .mark').count(), 0, rule);
}

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

  test('the year that is over has a certificate of surrender for others, as a code and as a file', async () => {
    const { tester, network } = world;
    const key = readFileSync(network.file('page.pem'), 'utf8');
    const owner = await tester.open('/#/wallet');
    await settled(owner);
    await owner.getByLabel(/^Key file/).setInputFiles({
      name: 'page.pem',
      mimeType: 'application/x-pem-file',
      buffer: Buffer.from(key),
    });
    await owner.getByLabel(/^Its passphrase/).fill('correct horse battery');
    await owner.getByRole('button', { name: 'Open the key' }).click();
    await owner.getByRole('link', { name: 'Statement' }).click();
    await owner.getByRole('button', { name: 'Make the certificate' }).click();
    await owner.getByRole('img', { name: 'QR code: the whole certificate' }).waitFor();
    const [download] = await Promise.all([
      owner.waitForEvent('download'),
      owner.getByRole('button', { name: 'Save the certificate' }).click(),
    ]);
    const certificate = readFileSync(await download.path(), 'utf8');
    await tester.look(owner, 'path-8-certificate');
    const genesis = network.file('net/side.json');
    const file = network.file('surrender.json', certificate);
    await network.run('audit', 'check', file, '--genesis', genesis);

    await owner.goto(`${tester.node}/#/check`);
    await owner.getByText('Or paste its text').click();
    await owner.getByLabel('Text of the file').fill(certificate);
    await owner.getByRole('button', { name: 'Check it' }).click();
    await owner.getByText('The file proves the following').waitFor();
    await owner.getByRole('heading', { name: 'Certificate of surrender for 2027' }).waitFor();
    assert.equal(await owner.getByText('Money on the account').count(), 0);
    await tester.look(owner, 'check-3-certificate');
    tester.noFaults();
    await owner.context().close();
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

  test('a rule is not told as verified where there is nothing that it was checked on', async () => {
    const { network, tester } = world;
    const alerts = `${tester.node}/#/regulator/side/2027/alerts`;
    const guest = await tester.open('/#/regulator/side/2027/alerts');
    await assertOpen(guest, 'Auditors have found the certified blocks', /no auditor has attested anything/);
    await assertOpen(guest, 'Nobody dominates a side', /not looked at yet/);
    const checkpoint = guest.locator('.rules li', { hasText: 'The latest checkpoint is the same' });
    await checkpoint.locator('.good').waitFor();

    const main = toHex(new ChainClient({ nodes: network.nodes, genesis: network.genesis('main') }).chain);
    await bend(guest, async ({ method }, honest) => {
      if (method !== 'chains') return undefined;
      return { result: ((await honest()) as { chain_id: string }[]).filter((one) => one.chain_id !== main) };
    });
    await guest.reload();
    await guest.goto(alerts);
    for (const rule of [
      'The latest checkpoint is the same on both chains',
      "The period's report is the same on both chains",
      'Quota and money add up on every chain',
    ])
      await assertOpen(guest, rule, /this node shows no main chain/);
    await tester.look(guest, 'regulator-7-hidden');
    await guest.goto(`${tester.node}/#/regulator/side/2027/totals`);
    await guest.getByText('This node shows no main chain.').waitFor();
    tester.noFaults();
    await guest.context().close();
  });

  test('who has audited what is shown, held against the certified headers', async () => {
    const { network, tester } = world;
    const documents = ['--genesis', network.file('net/main.json'), network.file('net/side.json')];
    await network.run('audit', 'verify', ...documents, '--attest', network.key('auditor'));
    await page.goto(`${tester.node}/#/regulator/side/2027/audits`);
    const card = page.locator('.card', {
      has: page.getByRole('heading', { name: 'Audits recorded on side' }),
    });
    await card.getByText('auditor', { exact: true }).first().waitFor();
    await card.getByText('the same').first().waitFor();
    const attested = await exported(page, 'Export as CSV');
    assert.deepEqual(
      attested.map(({ verdict }) => verdict),
      attested.map(() => 'agrees'),
    );
    assert.ok(attested.some(({ attested_height: height }) => Number(height) > 10));
    assert.equal(await page.getByRole('alert').count(), 0);
    await tester.look(page, 'regulator-5-audits');
  });

  test('an attestation whose block the node does not show is not told as verified', async () => {
    const { tester } = world;
    const guest = await tester.open('/#/check');
    await settled(guest);
    const refusal = {
      code: -32000,
      message: 'that block is pruned',
      data: { code: 5003, name: 'height_pruned' },
    };
    await bend(guest, async ({ method, params }) =>
      method === 'totals' && params?.height !== undefined ? { error: refusal } : undefined,
    );
    await guest.goto(`${tester.node}/#/regulator/side/2027/alerts`);
    await assertOpen(
      guest,
      'Auditors have found the certified blocks',
      /could not be checked: that block is pruned/,
    );
    await assertOpen(guest, 'The latest checkpoint is the same', /that block is pruned/);
    await guest.goto(`${tester.node}/#/regulator/side/2027/audits`);
    await guest.getByText('Could not all be checked').first().waitFor();
    assert.equal(await guest.getByText('Verified by this browser').count(), 0);
    await guest.goto(`${tester.node}/#/regulator/side/2027/totals`);
    await guest.getByText('not checked, the node does not show it').waitFor();
    tester.noFaults();
    await guest.context().close();
  });

  test('an auditor who attests another block than is certified is shown loudly', async () => {
    const { network, tester } = world;
    const key = await openKeyFile(readFileSync(network.key('auditor'), 'utf8'));
    const side = new ChainClient({ nodes: network.nodes, genesis: network.genesis('side') });
    const main = new ChainClient({ nodes: network.nodes, genesis: network.genesis('main') });
    // A block that nobody has attested yet: attestations go forward.
    await network.act('government', 'quota', 'rule', 'set', '--file', network.file('rule.toml'));
    const { height, fields } = await main.reader.header();
    const attest = {
      chain: main.chain,
      height,
      blockHash: new Uint8Array(32).fill(7),
      totals: encode(TotalsSchema, fields.totals!),
    };
    const done = await side.act(await side.wallet(key), { case: 'attest', value: attest });
    assert.ok(done.status === 'final');
    assert.equal(done.receipt.code, 0, `the side chain cannot know better: ${done.receipt.text}`);
    const alarm = page.getByRole('alert');
    await alarm.getByText('An auditor contradicts the validators of main').waitFor();
    await page.getByText('ANOTHER BLOCK').waitFor();
    await page.getByText('Does NOT hold').waitFor();
    await tester.look(page, 'regulator-6-contradiction');
    await page.getByRole('link', { name: 'Alerts', exact: true }).click();
    await page.locator('.grave').getByText('Auditors contradict the validators').waitFor();
  });

  test('alerts say what was looked at, and find the missing readings', async () => {
    await page.getByRole('link', { name: 'Alerts', exact: true }).click();
    await page.getByText('2 people have fewer readings than the 12 months that are over.').waitFor();
    for (const rule of ['Quota and money add up on every chain', 'Every price follows from its inputs'])
      await page.getByText(rule).waitFor();
    assert.equal(await page.locator('.grave').count(), 1, "the auditor's");
    await world.tester.look(page, 'regulator-4-alerts');
    world.tester.noFaults();
    await page.context().close();
  });

  test('the figures beside "adds up" add up as they are shown', async () => {
    const { tester } = world;
    const guest = await tester.open('/#/regulator/side/2027/totals');
    await settled(guest);
    const rows = await guest
      .getByRole('table', { name: 'Quota by vintage' })
      .locator('tbody tr')
      .evaluateAll((all) => all.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.innerText)));
    assert.ok(rows.length >= 2, 'both chains');
    for (const [, issued, ...cells] of rows) {
      const grams = (text: string) => Math.round(Number(text.replace(/[^\d.]/g, '')) * 1_000);
      const parts = cells.filter((cell) => cell.endsWith('kg'));
      assert.equal(parts.length, 5);
      assert.equal(
        parts.reduce((all, part) => all + grams(part), 0),
        grams(issued!),
      );
    }
    await guest.context().close();
  });

  test('what a node tells its operators alone is said not to be looked at, and the rest is shown', async () => {
    const { tester } = world;
    const guest = await tester.open('/#/check');
    await settled(guest);
    const refusal = { code: 3003, name: 'not_authorised' };
    const message = "that is for this node's operators";
    await guest.route('**/v1', async (route) => {
      const asked = route.request().postDataJSON() as { id: number; method?: string };
      if (asked.method !== 'why' && asked.method !== 'evidence') return route.continue();
      const error = { code: -32000, message, data: refusal };
      return route.fulfill({ json: { jsonrpc: '2.0', id: asked.id, error } });
    });
    await guest.goto(`${tester.node}/#/regulator/side/2027/alerts`);
    await guest.getByText('Quota and money add up on every chain').waitFor();
    await guest.getByText('this node tells that to its operators alone').waitFor();
    await guest.goto(`${tester.node}/#/network`);
    await guest.getByText('this node tells its operators alone').first().waitFor();
    assert.match(await figure(guest, 'Waiting').innerText(), /^\d/);
    tester.noFaults();
    await guest.context().close();
  });
}
