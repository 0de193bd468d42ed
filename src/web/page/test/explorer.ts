// A reader looks around.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Page } from 'playwright-core';

import {
  ChainClient,
  decode,
  encode,
  fromBase64,
  Header,
  HeaderSchema,
  SigningKey,
  toBase64,
  toHex,
  Wallet,
} from 'pcq-client';

import { settled } from './browser.js';
import type { World } from './page.test.js';

interface Kept {
  value: string | null;
}
interface Done {
  receipt?: { text: string };
}

interface Counted {
  sockets: number;
}

// Whatever would be done later is never done; WebSockets that have opened are counted.
function withoutTimers(): void {
  const later = window.setTimeout;
  window.setTimeout = ((run: () => void, ms = 0) => (ms < 300 ? later(run, ms) : 0)) as typeof setTimeout;
  const Socket = window.WebSocket;
  const counted = window as unknown as Counted;
  counted.sockets = 0;
  window.WebSocket = class extends Socket {
    constructor(address: string) {
      super(address);
      this.addEventListener('open', () => ++counted.sockets);
    }
  } as typeof WebSocket;
}
// A proxy that passes no upgrade on.
function withoutSockets(): void {
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(address: string) {
      super(address.replace('/v1', '/no-such-place'));
    }
  } as typeof WebSocket;
}

const numbersOf = (text: string) => Number(text.replace(/\D/g, ''));
function heightOf(page: Page, chain: string): Promise<number> {
  return page
    .locator('.chain', { hasText: `${chain} chain` })
    .locator('.figure dd')
    .first()
    .innerText()
    .then(numbersOf);
}
/** Until the card of the chain has come to this height. */
async function shows(page: Page, chain: string, height: number): Promise<void> {
  await page.waitForFunction(
    ([name, least]) => {
      const cards = [...document.querySelectorAll('.chain')];
      const card = cards.find((one) => one.textContent?.includes(`${name} chain`));
      return Number(card?.querySelector('.figure dd')?.textContent?.replace(/\D/g, '')) >= Number(least);
    },
    [chain, height] as const,
    { timeout: 20_000 },
  );
}

export function explorer(world: World): void {
  test('the network view shows each chain, its height verified, and follows new blocks', async () => {
    const { tester, network } = world;
    const page = await tester.open('/');
    await settled(page);
    for (const chain of ['main', 'side'])
      await page.getByRole('heading', { name: `${chain} ${chain} chain` }).waitFor();
    const card = page.locator('.chain', { hasText: 'main chain' });
    await card.getByText(/[34] of 4 signed block/).waitFor();
    const height = Number((await card.locator('.figure dd').first().innerText()).replace(/\D/g, ''));
    await network.act('platform', 'market', 'costs', '--op', '0.01', '--blockchain', '0.005');
    const side = page.locator('.chain', { hasText: 'side chain' });
    const before = Number((await side.locator('.figure dd').first().innerText()).replace(/\D/g, ''));
    assert.ok(height >= 3 && before >= 1, 'heights are numbers');
    tester.noFaults();
  });

  test('a new block shows at once, without a poll: with no timer running, by the WebSocket alone', async () => {
    const { tester, network } = world;
    const page = await tester.open('/', {}, {}, withoutTimers);
    const height = () => heightOf(page, 'side');
    await settled(page);
    await page.waitForFunction(() => (window as unknown as Counted).sockets === 1); // for all chains
    const before = await height();
    await network.act('platform', 'market', 'costs', '--op', '0.01', '--blockchain', '0.005');
    await shows(page, 'side', before + 1);
    assert.equal(await page.evaluate(() => (window as unknown as Counted).sockets), 1);
    tester.noFaults();
    await page.context().close();
  });

  test('where no WebSocket can be had, the page asks again and again', async () => {
    const { tester, network } = world;
    const page = await tester.open('/', {}, {}, withoutSockets);
    await settled(page);
    const before = await heightOf(page, 'side');
    await network.act('platform', 'market', 'costs', '--op', '0.01', '--blockchain', '0.005');
    await shows(page, 'side', before + 1);
    tester.noFaults();
    await page.context().close();
  });

  test('a block, its transaction and who sent it are found by search and told in words', async () => {
    const { tester, network } = world;
    const page = await tester.open('/');
    await settled(page);
    const search = page.getByRole('searchbox');
    await search.fill('2027');
    await search.press('Enter');
    await page.getByRole('link', { name: 'Period 2027 on main' }).click();
    await page.getByRole('heading', { name: 'Period 2027' }).waitFor();
    await page.getByText('two people are no estimate').waitFor();

    await search.fill('2');
    await search.press('Enter');
    await page.getByRole('link', { name: 'Block 2 of main' }).click();
    await page.getByRole('heading', { name: 'Block 2 main' }).waitFor();
    await page.locator('tbody a[href*="/tx/"]').first().click();
    await page.getByRole('heading', { name: 'Transaction main' }).waitFor();
    await settled(page);
    const hash = page.url().split('/').at(-1)!;
    assert.match(hash, /^[0-9a-f]{64}$/);
    await page.locator('.sentence', { hasText: 'government' }).getByText('done').waitFor();

    await search.fill(hash);
    await search.press('Enter');
    await page.waitForURL(`**/tx/main/${hash}`);
    const platform = await network.addressOf('platform');
    await search.fill(platform);
    await search.press('Enter');
    await page.getByRole('link', { name: 'platform on side' }).click();
    await page.getByRole('heading', { name: 'platform side' }).waitFor();
    await settled(page);
    await page.getByText('platform', { exact: true }).first().waitFor();
    await search.fill('no such thing');
    await search.press('Enter');
    await page.getByText('Nothing is called so').waitFor();

    // In no block, and yet the node knows of it: nobody has registered this key.
    const side = new ChainClient({ nodes: network.nodes, genesis: network.genesis('side') });
    const stranger = new Wallet(side.chain, await SigningKey.generate());
    const refused = await stranger.sign({ case: 'joinMarket', value: { period: 2027 } }, 100n);
    await assert.rejects(side.rpc.submit(toHex(side.chain), refused.bytes), /does not exist/);
    await search.fill(toHex(refused.hash));
    await search.press('Enter');
    await page.getByText('Transaction on side: it was refused before any block.').waitFor();
    await page.getByText('(2002)').waitFor();
    tester.noFaults();
  });

  test('a search for a block shows that block and no other, and no failure is called nothing', async () => {
    const { tester, network } = world;
    const side = new ChainClient({ nodes: network.nodes, genesis: network.genesis('side') });
    const page = await tester.open('/');
    await settled(page);
    const search = async (hash: string) => {
      await page.getByRole('searchbox').fill(hash);
      await page.getByRole('searchbox').press('Enter');
    };
    const asked = (await side.ask('header', { height: '2' })) as { hash: string; header_bytes: string };
    await search(asked.hash);
    await page.waitForURL('**/block/side/2');
    await settled(page);
    let refusal: { code: number; name: string } | undefined;
    const fields = decode(HeaderSchema, fromBase64(asked.header_bytes))!;
    const madeUp = Header.from(encode(HeaderSchema, { ...fields, timeMs: fields.timeMs + 1n }), side.chain);
    await page.route('**/v1', async (route) => {
      const request = route.request().postDataJSON() as {
        id: number;
        method?: string;
        params?: { chain: string; hash?: string };
      };
      if (request.method !== 'header' || request.params?.hash === undefined) return route.continue();
      if (request.params.hash === toHex(madeUp.hash)) {
        if (request.params.chain !== toHex(side.chain)) return route.continue();
        const result = { ...asked, hash: toHex(madeUp.hash), header_bytes: toBase64(madeUp.bytes) };
        return route.fulfill({ json: { jsonrpc: '2.0', id: request.id, result } });
      }
      const { hash: _, ...params } = request.params;
      const answer = await route.fetch({ postData: { ...request, params: { ...params, height: '1' } } });
      const json = (await answer.json()) as object;
      const error = { code: -32000, message: 'too much is asked', data: refusal };
      await route.fulfill({
        response: answer,
        json: refusal === undefined ? json : { jsonrpc: '2.0', id: (json as { id: number }).id, error },
      });
    });
    const other = 'ab'.repeat(32);
    await search(other);
    await page.getByText(`the node shows another block than ${other}`).waitFor();
    await search(toHex(madeUp.hash));
    await page.getByText('block 2 is certified, and is another one than').waitFor();
    refusal = { code: 7006, name: 'too_many_requests' };
    await search('cd'.repeat(32));
    await page.getByText('too much is asked').waitFor();
    tester.noFaults();
    await page.context().close();
  });

  test('an address that cannot be read is said so, and the page goes on', async () => {
    const { tester } = world;
    const page = await tester.open('/#/account/side/pcq1qzz');
    await page.getByText('Bad address').waitFor();
    for (const [path, says] of [
      ['block/side/abc', 'names no part of the page'],
      ['block/side/999999999999999999', 'That did not work'],
      ['block/nochain/1', 'names no part of the page'],
      ['tx/side/zz', 'Bad hex'],
      ['account/side/', 'Bad address'],
      ['account/side/%E0%A4%A', 'Bad address'],
      ['period/side/20270', 'names no part of the page'],
      ['period/side/1000', 'knows no such period'],
      ['no/such/thing', 'names no part of the page'],
      ['search/pcq1qzz', 'Bad address'],
      ['search/%E0%A4%A', 'Nothing is called so'],
    ] as const) {
      await page.goto(`${tester.node}/#/${path}`);
      await page.getByText(says).waitFor();
      assert.ok(await page.locator('main h1').isVisible(), path);
    }
    for (const path of ['market/side/abc', 'market/nochain/-1', 'wallet/side/1e99', 'regulator/side/1.5/x']) {
      await page.goto(`${tester.node}/#/${path}`);
      await settled(page);
      assert.deepEqual(await page.getByRole('alert').allInnerTexts(), [], path);
    }
    await page.getByRole('link', { name: 'Network' }).click();
    await page.getByRole('heading', { name: 'The network now' }).waitFor();
    tester.noFaults();
    await page.context().close();
  });

  test('the genesis hash is compared and pinned; another one is refused loudly', async () => {
    const { tester, network } = world;
    const page = await tester.open('/');
    await settled(page);
    const status = (await network.json('status', '--chain', 'side')) as { chain_id: string };
    await page.getByRole('button', { name: 'Verified, not pinned' }).click();
    const side = page.locator('.pin', { hasText: 'side' });
    await side.getByLabel('The hash that you have from elsewhere').fill('00'.repeat(32));
    await side.getByRole('button', { name: 'Compare and pin' }).click();
    await side.getByText('not the one that you have pinned').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('alert').getByText('This is not the chain "side" that you have pinned').waitFor();

    await page.getByRole('button', { name: 'Another chain' }).click();
    await side.getByRole('button', { name: 'Unpin' }).click();
    await side
      .getByLabel('The hash that you have from elsewhere')
      .fill(status.chain_id.match(/.{8}/g)!.join(' ')); // as it is shown
    await side.getByRole('button', { name: 'Compare and pin' }).click();
    await side.getByText('pinned: it is the one that you know').waitFor();
    tester.noFaults();
  });

  test('what a lying node shows is refused, and no figure of it appears', async () => {
    const { tester } = world;
    const page = await tester.open('/');
    await settled(page);
    await page.route('**/v1', async (route) => {
      const answer = await route.fetch();
      const json = (await answer.json()) as { result?: { records?: Kept[]; transactions?: Done[] } };
      for (const record of json.result?.records ?? [])
        if (record.value !== null) record.value = `${record.value.slice(0, -4)}AAAA`;
      for (const { receipt } of json.result?.transactions ?? []) if (receipt) receipt.text += ', twice';
      await route.fulfill({ response: answer, json });
    });
    await page.goto(`${tester.node}/#/period/main/2027`);
    await page.getByText('The node showed something that does not hold').waitFor();
    assert.equal(await page.locator('.figure').count(), 0);
    await page.goto(`${tester.node}/#/block/main/2`);
    await page.getByText('the node shows other outcomes than block 2 has').waitFor();
    assert.equal(await page.getByText(', twice').count(), 0);
    tester.noFaults();
  });

  test('the answer at / is bounded by a policy and nothing else is reachable', async () => {
    const { node } = world.tester;
    const index = await fetch(`${node}/`);
    assert.match(index.headers.get('content-security-policy') ?? '', /^default-src 'self'/);
    assert.equal(index.headers.get('x-content-type-options'), 'nosniff');
    const html = await index.text();
    assert.doesNotMatch(html, /<script(?![^>]*src=)/, 'no script stands in the page itself');
    const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(html)![1]!;
    const answer = await fetch(`${node}/${script}`);
    assert.match(answer.headers.get('cache-control') ?? '', /immutable/);
    for (const path of ['/assets/', '/..%2f..%2fmain.json', '/assets/../../net/main.json', '/index.html%00'])
      assert.equal((await fetch(node + path)).status, 404, path);
  });
}
