/**
 * Measures the pages of apps/web in headless Chromium: images per second of the shipped Fashion-MNIST student, the time of
 * one image of the student and of its teacher (35 network evaluations), the pictures a second of a walk between seeds for each
 * generator of the list, and iterations per second of the toy with each method.
 *
 *   node --conditions=@onestep/source --import tsx benchmarks/browser/pages.ts [--engines wasm] [--rounds 3] [--save]
 *
 * `--save` writes benchmarks/results/browser.json. WebGPU runs on SwiftShader, a CPU,
 * which says nothing about a GPU.
 */
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { buildAndServePages, launchChromium } from '../../test-support/built-pages.js';
import { saveResult } from '../save-result.js';
import { median } from '../timings.js';

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
    const result = {
      engine,
      ...(await measureGeneration(browser, engine)),
      ...(await measureWalks(browser, engine)),
      ...(await measureToy(browser, engine)),
    };
    console.log(result);
    results.push(result);
  }
  if (options.save) saveResult('browser', 'benchmarks/browser/pages.ts', { chromium: browser.version() }, { results });
} finally {
  await browser.close();
  await pages.close();
}

/** Measures the page that generates images: medians over the rounds. */
async function measureGeneration(from: Browser, engine: string) {
  const page = await openPage(from, `index.html?engine=${engine}`);
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

/** Measures the pictures a second of walks between seeds: what the page says after five seconds, for each model that takes no words. */
async function measureWalks(from: Browser, engine: string) {
  const paces: Record<string, number> = {};
  const page = await openPage(from, `index.html?engine=${engine}`);
  const models = page.locator('#model-choices input');
  for (let index = 0; index < (await models.count()); index++) {
    await models.nth(index).check({ force: true });
    await page.getByText('Or drop a network of your own here.').waitFor({ timeout: LONG });
    if (await page.isVisible('#prompt')) continue;
    await page.click('#play:enabled', { timeout: LONG });
    await page.waitForTimeout(5000);
    paces[await models.nth(index).inputValue()] = await numberIn(page, '#pace');
    await page.getByRole('button', { name: 'Pause' }).click();
  }
  await page.close();
  return { walkPicturesPerSecond: paces };
}

/** Measures iterations per second of each method over five seconds. */
async function measureToy(from: Browser, engine: string) {
  const paces: Record<string, number> = {};
  for (const method of METHODS) {
    const page = await openPage(from, `distill.html?engine=${engine}&method=${method}`);
    await page.click('#run:enabled', { timeout: SHORT });
    // The first iterations compile the engine's programs.
    await page.waitForTimeout(3000);
    const [from0, start] = [await numberIn(page, '#iteration'), performance.now()];
    await page.waitForTimeout(5000);
    paces[method] = (1000 * ((await numberIn(page, '#iteration')) - from0)) / (performance.now() - start);
    await page.close();
  }
  return { toyIterationsPerSecond: paces };
}

async function openPage(from: Browser, path: string): Promise<Page> {
  // The pages are not to be fetched a second time while they are measured.
  const page = await from.newPage({ serviceWorkers: 'block' });
  await page.goto(pages.address + path);
  return page;
}

async function numberIn(page: Page, selector: string): Promise<number> {
  return Number.parseFloat((await page.textContent(selector))!.replaceAll(',', ''));
}

/** Parses the time in "35 evaluations, 950 ms" or "..., 1.20 s". */
function milliseconds(text: string | null): number {
  const [, value, unit] = /, ([\d.]+)\s(m?s)$/.exec(text ?? '')!;
  return Number(value) * (unit === 's' ? 1000 : 1);
}
