// Chromium with a page of the node in it. Whatever the page asks of anybody but its node, every script that its policy
// refuses and every error on its console is a fault of the test.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const artefacts = process.env['PCQ_ARTEFACTS']!;

export interface Look {
  width?: number;
  height?: number;
  scheme?: 'light' | 'dark';
  language?: 'en' | 'zh';
}
export const phone = { width: 390, height: 844 };
export const desktop = { width: 1280, height: 860 };

export class Tester {
  readonly faults: string[] = [];
  private constructor(
    readonly browser: Browser,
    readonly node: string,
  ) {}

  static async start(node: string): Promise<Tester> {
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const browser = await chromium.launch({ executablePath: process.env['PCQ_CHROMIUM']!, args });
    return new Tester(browser, node);
  }

  /** A browser of its own: nothing kept, and the look that is asked for; `first` runs in it before the page does. */
  async open(
    path: string,
    look: Look = {},
    more: BrowserContextOptions = {},
    first?: () => void,
  ): Promise<Page> {
    const { width, height, scheme, language } = {
      ...desktop,
      scheme: 'light' as const,
      language: 'en' as const,
      ...look,
    };
    const context = await this.browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      acceptDownloads: true,
      ...more,
    });
    if (first !== undefined) await context.addInitScript(first);
    const page = await context.newPage();
    page.on('request', (request) => {
      const address = request.url();
      const own = [this.node, this.node.replace('http', 'ws'), 'blob:', 'data:'];
      if (!own.some((start) => address.startsWith(start))) this.faults.push(`the page asks ${address}`);
    });
    page.on('pageerror', (error) => this.faults.push(`${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      // A node that offers no WebSocket is asked for one all the same, and one that cannot be reached again and again.
      const isExpected = /WebSocket|favicon|ERR_INTERNET_DISCONNECTED/.test(message.text());
      if (message.type() === 'error' && !isExpected) this.faults.push(`${page.url()}: ${message.text()}`);
    });
    await page.goto(this.node + path);
    return page;
  }
  noFaults(): void {
    assert.deepEqual(this.faults, []);
  }

  /** Of all of the page, as in a window that is tall enough; where a dialog is open, of what is seen. */
  async shot(page: Page, name: string): Promise<void> {
    const size = page.viewportSize()!;
    if ((await page.getByRole('dialog').count()) === 0) {
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({ ...size, height: Math.max(height, size.height) });
    }
    await page.screenshot({ path: join(artefacts, `${name}.png`) });
    await page.setViewportSize(size);
  }
  /** A picture, and whether everybody can use what is on it, light and dark. */
  async look(page: Page, name: string): Promise<void> {
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await violations(page), [], `${name}, ${colorScheme}`);
    }
    await this.shot(page, name);
  }
  stop(): Promise<void> {
    return this.browser.close();
  }
}

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds serious or worse, and regions that cannot be told from one another. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations: found } = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] })`,
  )) as { violations: Violation[] };
  return found
    .filter(({ id, impact }) => impact === 'serious' || impact === 'critical' || id === 'landmark-unique')
    .map(({ id, nodes }) => `${id}: ${nodes[0]!.html} ${nodes[0]!.failureSummary}`);
}

/** Until the view has what it shows: nothing spins, and nothing failed. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor();
  await page.waitForFunction(() => document.querySelector('main .waiting') === null, undefined, {
    timeout: 30_000,
  });
}

/** The figure of this name on the page. */
export function figure(page: Page, label: string | RegExp) {
  return page
    .locator('.figure', { has: page.locator('dt', { hasText: label }) })
    .locator('dd')
    .first();
}
