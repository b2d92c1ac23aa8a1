import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { axeProgram, violationsOf } from '../../../test-support/axe.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { pictured } from './driven-page.js';
import { driveSite, hasChromium } from './driven-site.js';
import { announced } from './every-reader.js';
import { controls, focused, focusFirst, tabStops } from './keyboard.js';
import { tinyGan } from './tiny-network.js';

const READY = { index: 'Or drop a network of your own here.', distill: 'wasm: ' };
const PAGES = Object.keys(READY) as (keyof typeof READY)[];

const site = driveSite();
beforeAll(startTestBackend);

describe.skipIf(!hasChromium)('every reader', () => {
  test.each(PAGES)(
    '%s has no faults in dark colors, and its controls are seen when they have the focus',
    async (name) => {
      const page = await open(name);
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
      const program = await axeProgram();
      if (program === null) console.log('Skipped: accessibility, since axe-core cannot be had from the npm registry.');
      else expect(await violationsOf(page, program)).toEqual([]);

      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 800 });
        expect(await tabStops(page)).toEqual(await controls(page));
        expect(await unseenStops(page)).toEqual([]);
      }
      await page.close();
    },
  );

  test('the toy runs, is paused and begins anew by keyboard, is heard, and stands still where motion is unwelcome', async () => {
    const page = await open('distill');
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.getByText('points and curve are drawn when you pause').waitFor();
    await page.locator('#methods input:checked').focus();
    // The grid of methods goes on below the titles of its groups.
    await page.keyboard.press('End');
    expect(await page.textContent('#methods label:has(:checked)')).toBe('KD');
    await page.keyboard.press('Home');
    expect(await page.textContent('#methods label:has(:checked)')).toBe('Diff-Instruct');
    await page.locator('#run:enabled').focus();
    const picture = () => page.locator('#points').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const still = await picture();
    await page.keyboard.press('Enter');
    await announced(page, /^Running\.$/);
    await expect
      .poll(async () => Number(await page.textContent('#iteration')), { timeout: 300_000 })
      .toBeGreaterThan(20);
    expect(await picture()).toBe(still);
    await page.keyboard.press('Enter');
    await announced(page, /^Paused at iteration \d+\.$/);
    expect(await picture()).not.toBe(still);
    expect(await focused(page)).toBe('run');
    await page.close();
  });

  test('a button that is busy keeps the focus, and its result is said', async () => {
    const page = await open('index');
    await pictured(page, async () => {
      const file = { name: 'gan.safetensors', mimeType: '', buffer: Buffer.from(await tinyGan()) };
      await page.setInputFiles('#file', file);
    });
    await page.focus('#measure');
    await page.keyboard.press('Enter');
    await page.getByText(/^[\d.]+ images a second, in batches of 16$/).waitFor();
    expect(await focused(page)).toBe('measure');
    await page.focus('#save');
    await page.keyboard.press('Enter');
    await announced(page, /^Saved as .*-seed-7\.png\.$/);
    await page.close();
  });

  test('where motion is unwelcome, the race shows all steps at its end', async () => {
    const page = await open('index');
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.evaluate(() => {
      const counts: number[] = [];
      Object.assign(window, { counts });
      const strip = document.getElementById('teacher-strip')!;
      new MutationObserver(() => counts.push(strip.children.length)).observe(strip, { childList: true });
    });
    await page.focus('#race:enabled');
    await page.keyboard.press('Enter');
    await page.getByText(/^The student needed 1 evaluation/).waitFor();
    expect(await page.evaluate(() => (window as unknown as { counts: number[] }).counts)).toEqual([18]);
    expect(await focused(page)).toBe('race');
    await page.close();
  });
});

async function open(name: keyof typeof READY): Promise<Page> {
  const { page } = await site.open(name, 'engine=wasm');
  await page.getByText(READY[name]).waitFor();
  return page;
}

/** Stops of the Tab key around which no pixel changes when they have the focus. */
async function unseenStops(page: Page): Promise<string[]> {
  const stops = await tabStops(page);
  const unseen: string[] = [];
  await focusFirst(page);
  for (const stop of stops) {
    const place = await page.evaluate(() => {
      const active = document.activeElement as HTMLElement;
      // What is drawn over an invisible input is its label, or a button that stands for it.
      const input = active as HTMLInputElement;
      const shown = active.id === 'file' ? input.labels![0]! : (active.closest('label') ?? active);
      shown.scrollIntoView({ block: 'center' });
      const { x, y, width, height } = shown.getBoundingClientRect();
      return { x: Math.max(0, x - 8), y: Math.max(0, y - 8), width: width + 16, height: height + 16 };
    });
    const clip = { ...place, width: Math.min(place.width, page.viewportSize()!.width - place.x) };
    const picture = () => page.screenshot({ clip, caret: 'hide' });
    const withFocus = await picture();
    await page.evaluate(() => {
      Object.assign(window, { stop: document.activeElement });
      (document.activeElement as HTMLElement).blur();
    });
    const without = await picture();
    if (withFocus.equals(without)) unseen.push(stop);
    await page.evaluate(() => (window as unknown as { stop: HTMLElement }).stop.focus());
    await page.keyboard.press('Tab');
  }
  return unseen;
}
