import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeProgram, violationsOf } from '../../../test-support/axe.js';
import {
  chromiumPath,
  FOLDER,
  launchChromium,
  serveFolder,
  type BuiltPages,
} from '../../../test-support/built-pages.js';
import { ROOT } from '../src/repository.js';

const hasChromium = chromiumPath() !== null;
if (!hasChromium) console.log('Skipped: the site is looked at in Chromium, which is not installed (ONESTEP_CHROMIUM).');

/** One page of each kind. */
const PAGES = [
  'index.html',
  'guide/start.html',
  'guide/own-network.html',
  'methods.html',
  'methods/sid.html',
  'methods/scm.html',
  'symbols.html',
  'faq.html',
  'gallery.html',
  'benchmarks.html',
  'cli.html',
  'api/@onestep/sid.html',
  'source/packages/sid/src/sid.ts.html',
];
const WIDTHS = [1280, 360];

let outDir: string;
let site: BuiltPages;
let browser: Browser;

beforeAll(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'onestep-docs-'));
  await buildSite(outDir);
  site = await serveFolder(outDir);
  if (hasChromium) browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

test('links lead to pages and places that are there', () => {
  const files = readdirSync(outDir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'));
  const pages = new Map(files.map((file) => [`${FOLDER}${file}`, readFileSync(join(outDir, file), 'utf8')]));
  const ids = new Map(
    [...pages].map(([path, html]) => [path, new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id))]),
  );
  const broken = [...pages].flatMap(([path, html]) =>
    [...html.matchAll(/<a [^>]*?href="([^"]*)"/g)].flatMap(([, href]) => {
      const { host, pathname, hash } = new URL(href!, `http://site${path}`);
      if (host !== 'site' || pathname.startsWith(`${FOLDER}demo/`)) return [];
      const target = ids.get(pathname.endsWith('/') ? `${pathname}index.html` : decodeURIComponent(pathname));
      if (target === undefined) return [`${path}: ${href}`];
      // TypeDoc also counts names that it does not show, so that a few of its anchors have other numbers.
      if (hash === '' || pathname.startsWith(`${FOLDER}api/`)) return [];
      return target.has(decodeURIComponent(hash.slice(1))) ? [] : [`${path}: ${href}`];
    }),
  );
  expect([...new Set(broken)]).toEqual([]);
});

describe.skipIf(!hasChromium)('in Chromium', () => {
  test.each(WIDTHS)('%i pixels wide, pages have no faults, fit, and ask no other host', async (width) => {
    const program = await axeProgram();
    if (program === null) console.log('Skipped: accessibility, since axe-core cannot be had from the npm registry.');
    const page = await browser.newPage({ viewport: { width, height: 900 }, reducedMotion: 'reduce' });
    const others: string[] = [];
    page.on('request', (request) => request.url().startsWith(site.address) || others.push(request.url()));
    const faults: Record<string, unknown> = {};
    for (const name of PAGES) {
      await open(page, name);
      const violations = program === null ? [] : await violationsOf(page, program);
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
      if (violations.length > 0 || overflow > 0) faults[name] = { violations, overflow };
    }
    await page.close();
    expect(faults).toEqual({});
    expect(others.filter((url) => !url.startsWith('data:'))).toEqual([]);
  });

  test('the keyboard finds a page by search, and scrolls a formula', async () => {
    const page = await browser.newPage({ viewport: { width: 360, height: 800 } });
    await open(page, 'methods/sid.html');
    await page.keyboard.press('Control+k');
    await page.getByRole('searchbox').fill('score identity');
    await page.locator('.results a').first().waitFor();
    await page.keyboard.press('Escape');
    const formula = page.locator('.katex-block').first();
    await formula.focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction('document.querySelector(".katex-block").scrollLeft > 0');
    await page.close();
  });

  test('the demo opens from the home page', async () => {
    const page = await browser.newPage();
    await open(page, 'index.html');
    await page.getByRole('link', { name: 'Try it in the browser' }).click();
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    expect(page.url()).toBe(`${site.address}demo/index.html`);
    await page.close();
  });
});

/** In a process of its own, as users build it: Vitest's has the condition `development`, by which Vue is a slow build that warns. */
async function buildSite(outDir: string): Promise<void> {
  const program = ['--import', 'tsx', 'apps/docs/src/build.ts', '--base', FOLDER, '--out-dir', outDir];
  await promisify(execFile)(process.execPath, program, { cwd: ROOT });
}

async function open(page: Page, name: string): Promise<void> {
  await page.goto(site.address + name);
  await page.waitForFunction('document.querySelector("#app").children.length > 0');
}
