// What a node and its contracts refuse, in the reader's language; and that no reason and no action is without its words.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  CashRecordSchema,
  type decode,
  EventSchema,
  HoldingRecordSchema,
  TransactionBodySchema,
} from 'pcq-client';

import { changeNames, choiceNames, fieldNames } from '../src/text/field_names.js';
import { settled } from './browser.js';
import type { World } from './page.test.js';

const root = join('..', '..', '..'); // of the repository; tests run in src/web/page
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');

type DescMessage = Parameters<typeof decode>[0];

// Everything that a message of an action or event may hold, at any depth.
function fieldsShown() {
  const fields = new Map<string, string>();
  const choices = new Set<string>();
  const seen = new Set<string>();
  const look = (schema: DescMessage) => {
    if (seen.has(schema.typeName)) return;
    seen.add(schema.typeName);
    for (const field of schema.fields) {
      fields.set(`${schema.name}.${field.localName}`, field.localName);
      for (const { number } of field.enum?.values ?? []) choices.add(`${field.enum!.typeName} ${number}`);
      if (field.message !== undefined) look(field.message);
    }
  };
  for (const { fields: kinds } of [EventSchema, TransactionBodySchema])
    for (const { message } of kinds) if (message !== undefined) look(message);
  return { fields, choices };
}

// Those of a person's records that move.
function figures(): string[] {
  const int64 = 3;
  return [HoldingRecordSchema, CashRecordSchema].flatMap(({ fields }) =>
    fields.filter(({ scalar }) => scalar === int64).map(({ localName }) => localName),
  );
}

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

  // That actions and events are all told is checked by the compiler: names.ts and words.tsx have one entry for each.
  test('every field and choice of an action, an event and a movement has its words in both languages', () => {
    const wanted = fieldsShown();
    assert.ok(wanted.fields.size > 150 && wanted.choices.size > 10);
    const inBoth = (words: readonly [string, string] | undefined) =>
      words !== undefined && words[0] !== '' && (/[\u4e00-\u9fff]/.test(words[1]) || names.has(words[1]));
    const names = new Set(['P_ph', 'P_c', 'Ed25519', 'P-256']); // the same in every language
    const missing = [
      ...[...wanted.fields]
        .filter(([own, name]) => !inBoth(fieldNames[own] ?? fieldNames[name]))
        .map(([own]) => own),
      ...[...wanted.choices].filter((choice) => {
        const [enumeration = '', number = ''] = choice.split(' ');
        return !inBoth(choiceNames[enumeration]?.[Number(number)]);
      }),
      ...figures().filter((name) => !inBoth(changeNames[name])),
    ];
    assert.deepEqual(missing, []);
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

  test('what the node says in English is marked as English', async () => {
    const { tester } = world;
    const page = await tester.open('/', { language: 'zh' });
    await settled(page);
    await page.route('**/v1', async (route) => {
      const call = route.request().postDataJSON() as { id: number; method: string };
      if (call.method !== 'why') return route.continue();
      const result = { stalled: true, text: 'two validators are away' };
      return route.fulfill({ json: { jsonrpc: '2.0', id: call.id, result } });
    });
    await page.goto(`${tester.node}/#/market`);
    await page.getByRole('heading', { level: 1, name: '市场' }).waitFor(); // the other view is gone, and asks anew
    await page.goto(`${tester.node}/#/network`);
    await page.locator('.said-line [lang=en]', { hasText: 'two validators are away' }).first().waitFor();
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
