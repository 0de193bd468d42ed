// The file that a person saved, in the hands of somebody else.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { settled } from './browser.js';
import type { World } from './page.test.js';

export function checkedFile(world: World): void {
  test('anybody checks the file without a network, and is told what is wrong with another one', async () => {
    const { tester, network } = world;
    const file = readFileSync(network.file('page-statement.json'), 'utf8');
    const stranger = await tester.open('/#/regulator');
    await settled(stranger);
    await stranger.getByRole('link', { name: /Check a statement or certificate/ }).click();
    await stranger.getByRole('heading', { name: 'Check a file' }).waitFor();
    await stranger.context().setOffline(true);
    const give = (...contents: string[]) =>
      stranger.getByLabel('Proof file (.json)').setInputFiles(
        contents.map((content, i) => ({
          name: `file-${i}.json`,
          mimeType: 'application/json',
          buffer: Buffer.from(content),
        })),
      );
    const proven = stranger.getByText('The file proves the following');
    await give(file);
    await proven.waitFor();
    await stranger.getByText('12.5 kg CO').first().waitFor();
    await stranger.getByText('Complete: all').waitFor();
    await tester.look(stranger, 'check-1-proven');

    interface Parts {
      records: { value: string | null }[];
      movements: { holding: string[] };
      chain_id: string;
    }
    const spoilt = (spoil: (parts: Parts) => void) => {
      const parts = JSON.parse(file) as Parts;
      spoil(parts);
      return JSON.stringify(parts);
    };
    const altered = spoilt(({ records }) => {
      const bytes = Buffer.from(records[2]!.value!, 'base64');
      bytes[bytes.length - 1]! ^= 1;
      records[2]!.value = bytes.toString('base64');
    });
    const shortened = spoilt(({ movements }) => void movements.holding.splice(1, 1));
    const elsewhere = spoilt((parts) => (parts.chain_id = '00'.repeat(32)));
    await give(altered, shortened, elsewhere, 'no JSON', `\ufeff${file}`, file);
    await proven.waitFor();
    for (const [name, why] of [
      ['file-0.json', 'Something in it was changed, added or left out.'],
      ['file-1.json', 'something was left out, added or changed at movement 2'],
      ['file-2.json', 'It is of a chain that is not known here.'],
      ['file-3.json', 'It is no statement or certificate of PCQ.'],
      ['file-4.json', 'It is no statement or certificate of PCQ.'],
    ] as const)
      await stranger
        .locator('.refused', { hasText: `"${name}" is not proven` })
        .getByText(why)
        .waitFor();
    assert.equal(await proven.count(), 1, 'one of the six');
    await tester.look(stranger, 'check-2-refused');
    await stranger.context().close();
  });
}
