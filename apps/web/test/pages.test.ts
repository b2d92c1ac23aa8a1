import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  buildAndServePages,
  chromiumPath,
  launchChromium,
  type BuiltPages,
} from '../../../test-support/built-pages.js';
import { difference, nextDetail, openPage, pictured } from './driven-page.js';
import { asset, picturesInNode, TOLERANCE } from './pictures-in-node.js';

const [SEED, OTHER_SEED, CLASS] = [11, 12, 9];
const hasChromium = chromiumPath() !== null;
if (!hasChromium) console.log('Skipped: the pages are driven in Chromium, which is not installed (ONESTEP_CHROMIUM).');

let browser: Browser;
let pages: BuiltPages;
let expected: Awaited<ReturnType<typeof picturesInNode>>;

beforeAll(async () => {
  if (!hasChromium) return;
  [pages, browser] = [await buildAndServePages(), await launchChromium({ webgpu: true })];
  expected = await picturesInNode(SEED, CLASS);
});
afterAll(async () => {
  await browser?.close();
  await pages?.close();
});

describe.skipIf(!hasChromium)('the pages, built and on a static host', () => {
  test('on wasm a picture is that of Node, the race finishes, the slider walks, and a broken file is explained', async () => {
    const { page, complaints } = await openPage(
      browser,
      `${pages.address}index.html?engine=wasm&seed=${SEED}&class=${CLASS}`,
    );
    expect(difference(await pictured(page, () => undefined), expected.student)).toBeLessThan(TOLERANCE);
    expect(await page.textContent('#engine-description')).toMatch(/^wasm: /);

    const raced = nextDetail(page, 'raced');
    await page.click('#race:enabled');
    expect(difference((await raced).pixels, expected.teacher)).toBeLessThan(TOLERANCE);
    await page.getByText(/The student needed 1 evaluation and .*; the teacher 35 evaluations and/).waitFor();
    expect(await page.locator('#teacher-strip canvas').count()).toBe(18);

    const halfway = await pictured(page, () => page.fill('#mix', '0.5'));
    expect(difference(halfway, expected.student)).toBeGreaterThan(0.1);
    expect(await page.inputValue('#other-seed')).toBe(String(OTHER_SEED));
    const other = await pictured(page, () => page.fill('#mix', '1'));
    // With the keyboard alone: the slider's other end, then the seed itself.
    await pictured(page, () => page.fill('#seed', String(OTHER_SEED)));
    await page.focus('#mix');
    const direct = await pictured(page, () => page.keyboard.press('Home'));
    expect(difference(other, direct)).toBeLessThan(1e-5);

    const download = page.waitForEvent('download');
    await page.click('#save');
    expect((await download).suggestedFilename()).toBe(`ankle-boot-seed-${OTHER_SEED}.png`);

    const file = await readFile(asset('generator'));
    const alert = page.getByRole('alert');
    await page.setInputFiles('#file', { name: 'torn.safetensors', mimeType: '', buffer: file.subarray(0, 100_000) });
    await alert.getByText(/^torn\.safetensors: not a valid safetensors file: .* is the file complete\?\.$/).waitFor();
    await page.setInputFiles('#file', { name: 'my.safetensors', mimeType: '', buffer: file });
    await page.getByText('my.safetensors: a one-step generator: it is the student now.').waitFor();

    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('each method runs on the toy page, is paused, goes on, and begins anew', async () => {
    const { page, complaints } = await openPage(browser, `${pages.address}distill.html?engine=wasm`);
    for (const method of ['Diff-Instruct', 'SiD', 'BOOT']) {
      await page.getByRole('radio', { name: method }).check({ force: true });
      await page.click('#run:enabled');
      await iterations(page, (n) => n >= 5);
      await page.getByRole('button', { name: 'Pause' }).click();
      const paused = await page.evaluate(() => Number(document.getElementById('iteration')!.textContent));
      await page.getByRole('button', { name: 'Start' }).click();
      await iterations(page, (n, before) => n > before, paused);
      await page.click('#reset');
      await iterations(page, (n) => n === 0);
    }
    expect(await page.textContent('#toy-message')).toBe('');
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('on WebGPU a picture is that of Node', async () => {
    const { page, complaints } = await openPage(
      browser,
      `${pages.address}index.html?engine=webgpu&seed=${SEED}&class=${CLASS}`,
    );
    expect(difference(await pictured(page, () => undefined), expected.student)).toBeLessThan(TOLERANCE);
    expect(await page.textContent('#engine-description')).toMatch(/^webgpu: /);
    expect(complaints).toEqual([]);
    await page.close();
  });
});

/** Waits until the page's number of iterations is as wanted. */
async function iterations(page: Page, isWanted: (n: number, before: number) => boolean, before = 0): Promise<void> {
  await expect
    .poll(async () => isWanted(Number(await page.textContent('#iteration')), before), { timeout: 60_000, interval: 50 })
    .toBe(true);
}
