import type { ElementHandle, Page, PageScreenshotOptions } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { axeProgram, violationsOf } from '../../../test-support/axe.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { pictured } from './driven-page.js';
import { driveSite, hasChromium } from './driven-site.js';
import { announced } from './every-reader.js';
import { controls, focused, tabStops } from './keyboard.js';
import { tinyGan } from './tiny-network.js';

type Clip = NonNullable<PageScreenshotOptions['clip']>;

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
  let control: ElementHandle = (await page.locator('.skip').elementHandle())!;
  for (const stop of stops) {
    let clip: Clip;
    let withFocus: Buffer;
    const picture = () => page.screenshot({ clip, caret: 'hide' });
    // Tab has left the page before, for the browser, which may take the focus somewhat later: until the page has it again.
    do {
      await page.bringToFront();
      await control.focus();
      clip = await around(page, control);
      withFocus = await picture();
    } while (!(await control.evaluate((element) => (element as Element).matches(':focus'))));
    await control.evaluate((element) => (element as HTMLElement).blur());
    if (withFocus.equals(await picture())) unseen.push(stop);
    await control.focus();
    await page.keyboard.press('Tab');
    control = (await page.evaluateHandle(() => document.activeElement!)).asElement()!;
  }
  return unseen;
}

/** The place of a control, scrolled to where it is seen, and a little around it. */
async function around(page: Page, control: ElementHandle): Promise<Clip> {
  const place = await control.evaluate((element) => {
    // What is drawn over an invisible input is its label, or a button that stands for it.
    const shown = (element as Element).id === 'file' ? (element as HTMLInputElement).labels![0]! : element;
    const label = (shown as HTMLElement).closest('label') ?? (shown as HTMLElement);
    label.scrollIntoView({ block: 'center' });
    const { x, y, width, height } = label.getBoundingClientRect();
    return { x: Math.max(0, x - 8), y: Math.max(0, y - 8), width: width + 16, height: height + 16 };
  });
  return { ...place, width: Math.min(place.width, page.viewportSize()!.width - place.x) };
}
