import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '@onestep/backends';
import { generateImages, sampleImages, type DenoiserGenerator } from '@onestep/diffusion-core';
import { readSafetensors } from '@onestep/nn/node';
import {
  buildAndServePages,
  chromiumPath,
  launchChromium,
  type BuiltPages,
} from '../../../test-support/built-pages.js';
import { openNetwork } from '../src/networks/open-network.js';

const [SEED, OTHER_SEED, CLASS] = [11, 12, 9];
/** What the pages' pictures may differ by from those of Node, on other engines. */
const TOLERANCE = 1e-3;
const asset = (name: string) =>
  fileURLToPath(new URL(`../../cli/assets/fashion-mnist-${name}.safetensors`, import.meta.url));
const hasChromium = chromiumPath() !== null;
if (!hasChromium) console.log('Skipped: the pages are driven in Chromium, which is not installed (ONESTEP_CHROMIUM).');

let browser: Browser;
let pages: BuiltPages;
/** The pictures as Node makes them. */
let expected: { student: Float32Array; teacher: ArrayLike<number> };

beforeAll(async () => {
  if (!hasChromium) return;
  [pages, browser] = [await buildAndServePages(), await launchChromium({ webgpu: true })];
  await startBackend('ort');
  const { generator } = (await opened('student')) as { generator: DenoiserGenerator };
  const { network: denoiser } = await opened('teacher');
  const picture = { seeds: [SEED], classIndex: CLASS };
  const student = await generateImages({ generator, ...picture });
  expected = { student, teacher: (await sampleImages({ denoiser, ...picture })).images };
});
afterAll(async () => {
  await browser?.close();
  await pages?.close();
});

async function opened(name: string) {
  return openNetwork(await readSafetensors(asset(name)), name);
}

describe.skipIf(!hasChromium)('the pages, built and on a static host', () => {
  test('on wasm a picture is that of Node, the race finishes, the slider walks, and a broken file is explained', async () => {
    const { page, complaints } = await open(`index.html?engine=wasm&seed=${SEED}&class=${CLASS}`);
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
    expect((await download).suggestedFilename()).toBe(`boot-seed-${OTHER_SEED}.png`);

    const file = await readFile(asset('student'));
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
    const { page, complaints } = await open('distil.html?engine=wasm');
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
    const { page, complaints } = await open(`index.html?engine=webgpu&seed=${SEED}&class=${CLASS}`);
    expect(difference(await pictured(page, () => undefined), expected.student)).toBeLessThan(TOLERANCE);
    expect(await page.textContent('#engine-description')).toMatch(/^webgpu: /);
    expect(complaints).toEqual([]);
    await page.close();
  });
});

/** Opens a page. What its console complains of, and what cannot be loaded, is collected. */
async function open(path: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on(
    'response',
    (response) => response.status() >= 400 && complaints.push(`${response.status()} ${response.url()}`),
  );
  // Pictures may come before anyone asks: they are kept.
  await page.addInitScript(() => {
    const seen: Record<string, unknown[]> = { generated: [], raced: [] };
    Object.assign(window, { seen });
    for (const name of Object.keys(seen)) {
      document.addEventListener(name, (event) => {
        const { pixels } = (event as CustomEvent<{ pixels: Float32Array }>).detail;
        seen[name]!.push(Array.from(pixels));
      });
    }
  });
  await page.goto(pages.address + path);
  return { page, complaints };
}

/** The values of the picture that comes after an action. */
async function pictured(page: Page, action: () => unknown): Promise<number[]> {
  const next = nextDetail(page, 'generated');
  await action();
  return (await next).pixels;
}

/** What a page's next event of this name carries. */
async function nextDetail(page: Page, name: string): Promise<{ pixels: number[] }> {
  const handle = await page.waitForFunction(
    (which) => (window as unknown as { seen: Record<string, number[][]> }).seen[which]!.shift(),
    name,
  );
  return { pixels: (await handle.jsonValue())! };
}

/** Waits until the page's number of iterations is as wanted. */
async function iterations(page: Page, isWanted: (n: number, before: number) => boolean, before = 0): Promise<void> {
  await expect
    .poll(async () => isWanted(Number(await page.textContent('#iteration')), before), { timeout: 60_000, interval: 50 })
    .toBe(true);
}

/** The largest difference. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
}
