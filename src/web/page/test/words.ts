// What a node and its contracts refuse, in the reader's language; and that no reason and no action is without its words.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { settled } from './browser.js';
import type { World } from './page.test.js';

const root = join('..', '..', '..'); // of the repository; tests run in src/web/page
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');

export function words(world: World): void {
  test('every reason of docs/codes.md has its number, name and Chinese', () => {
    const listed = [...read('docs', 'codes.md').matchAll(/^\| ([1-9]\d*) \| `(\w+)` \|/gm)];
    const known = [
      ...read('src', 'web', 'page', 'src', 'text', 'reasons.ts').matchAll(
        /^ {2}(\d+): \['(\w+)', '([^']*[\u4e00-\u9fff][^']*)'\],$/gm,
      ),
    ];
    assert.ok(listed.length > 100);
    assert.deepEqual(
      known.map(([, code, name]) => `${code} ${name}`),
      listed.map(([, code, name]) => `${code} ${name}`),
    );
    assert.equal(
      new Set(known.map(([, , , chinese]) => chinese)).size,
      known.length,
      'none is told as another',
    );
  });

  test('every action has its words in both languages', () => {
    const proto = read('proto', 'pcq', 'v1', 'transaction.proto');
    const [, body] = /message TransactionBody \{([\s\S]*?)\n\}/.exec(proto)!;
    const actions = [...body!.matchAll(/^ {4}[A-Z]\w+ (\w+) = \d+;/gm)].map(([, name]) =>
      name!.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    );
    assert.ok(actions.length > 40);
    const names = read('src', 'web', 'page', 'src', 'text', 'names.ts');
    const table = names.slice(names.indexOf('const actions'), names.indexOf('};'));
    assert.deepEqual(
      actions.filter((name) => !new RegExp(`^ {2}${name}: \\['[^']+', '[^']+'\\],`, 'm').test(table)),
      [],
    );
  });

  test("a node's refusal is told in Chinese by its name, with the node's words as detail", async () => {
    const { tester } = world;
    const page = await tester.open('/', { language: 'zh' });
    await settled(page);
    const refusal = {
      code: -32000,
      message: 'block 3 is pruned',
      data: { code: 5003, name: 'height_pruned' },
    };
    await page.route('**/v1', async (route) => {
      const call = route.request().postDataJSON() as { id: number; method: string };
      if (call.method !== 'state') return route.continue();
      return route.fulfill({ json: { jsonrpc: '2.0', id: call.id, error: refusal } });
    });
    await page.goto(`${tester.node}/#/period/main/2027`);
    const problem = page.getByRole('alert');
    await problem.getByText('节点已不保留这一高度').waitFor();
    assert.equal(await problem.locator('[lang=en]').innerText(), 'block 3 is pruned');
    tester.noFaults();
    await page.context().close();
  });

  test("a contract's refusal is told in Chinese and in English", async () => {
    const { tester, network } = world;
    const refused = await network
      .act('bank', 'market', 'costs', '--op', '0.01', '--blockchain', '0.005')
      .then(() => undefined)
      .catch((error: Error) => error);
    assert.ok(refused !== undefined, 'a bank posts no costs');
    const { height } = (await network.json('status', '--chain', 'side')) as { height: number };
    for (const [language, words] of [
      ['zh', '被拒绝: 账户无此权限'],
      ['en', 'refused: Not authorised'],
    ] as const) {
      const page = await tester.open(`/#/block/side/${height}`, { language });
      await settled(page);
      await page.getByText(words).first().waitFor();
      await page.context().close();
    }
    tester.noFaults();
  });
}
