/**
 * Drives the pages of apps/web in headless Chromium: images a second of the shipped Fashion-MNIST student, one image of it and of its
 * teacher (35 evaluations), and iterations a second of the toy with each method.
 *
 *   node --conditions=@onestep/source --import tsx benchmarks/browser.ts [--engines wasm] [--rounds 3] [--save]
 *
 * `--save` writes benchmarks/results/browser.json. WebGPU is SwiftShader on the CPU here, and says nothing of a GPU.
 */
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { buildAndServePages, launchChromium } from '../test-support/built-pages.js';
import { saveResult } from './save-result.js';

const METHODS = ['diff-instruct', 'sid', 'boot'];
const SHORT = 60_000;
const LONG = 300_000;

const { values: options } = parseArgs({
  options: {
    engines: { type: 'string', default: 'wasm' },
    rounds: { type: 'string', default: '3' },
    save: { type: 'boolean', default: false },
  },
});
const engines = options.engines.split(',');
const rounds = Number(options.rounds);

const pages = await buildAndServePages();
const browser = await launchChromium({ webgpu: engines.includes('webgpu') });
try {
  const results = [];
  for (const engine of engines) {
    const result = { engine, ...(await generation(browser, engine)), ...(await distillation(browser, engine)) };
    console.log(result);
    results.push(result);
  }
  if (options.save) saveResult('browser', 'benchmarks/browser.ts', { chromium: browser.version() }, { results });
} finally {
  await browser.close();
  await pages.close();
}

/** Medians of the first page. */
async function generation(from: Browser, engine: string) {
  const page = await opened(from, `index.html?engine=${engine}`);
  await page.locator('#race:enabled').waitFor({ timeout: LONG });
  const [imagesPerSecond, student, teacher]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    await page.click('#measure:enabled', { timeout: LONG });
    await page.locator('#speed').getByText('Measuring').waitFor({ state: 'detached', timeout: LONG });
    imagesPerSecond.push(await numberIn(page, '#speed'));
    await page.click('#race');
    await page.locator('#race-verdict').getByText('times as long').waitFor({ timeout: LONG });
    student.push(milliseconds(await page.textContent('#student-result')));
    teacher.push(milliseconds(await page.textContent('#teacher-result')));
  }
  const description = await page.textContent('#engine-description');
  await page.close();
  return {
    description,
    imagesPerSecond: median(imagesPerSecond),
    studentMilliseconds: median(student),
    teacherMilliseconds: median(teacher),
  };
}

/** Iterations a second of each method, over those that some seconds allow. */
async function distillation(from: Browser, engine: string) {
  const paces: Record<string, number> = {};
  for (const method of METHODS) {
    const page = await opened(from, `distil.html?engine=${engine}&method=${method}`);
    await page.click('#run:enabled', { timeout: SHORT });
    // The first iterations make the engine's programs.
    await page.waitForTimeout(3000);
    const [from0, start] = [await numberIn(page, '#iteration'), performance.now()];
    await page.waitForTimeout(5000);
    paces[method] = (1000 * ((await numberIn(page, '#iteration')) - from0)) / (performance.now() - start);
    await page.close();
  }
  return { toyIterationsPerSecond: paces };
}

async function opened(from: Browser, path: string): Promise<Page> {
  const page = await from.newPage();
  await page.goto(pages.address + path);
  return page;
}

async function numberIn(page: Page, selector: string): Promise<number> {
  return Number.parseFloat((await page.textContent(selector))!.replaceAll(',', ''));
}

/** Of "35 evaluations, 950 ms" or "..., 1.20 s". */
function milliseconds(text: string | null): number {
  const [, value, unit] = /, ([\d.]+) (m?s)$/.exec(text ?? '')!;
  return Number(value) * (unit === 's' ? 1000 : 1);
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}
