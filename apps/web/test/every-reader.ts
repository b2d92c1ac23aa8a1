import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { pictured } from './driven-page.js';
import type { Site } from './driven-site.js';
import { controls, focused, listen, tabStops } from './keyboard.js';

/** Tests of `pages.test.ts`, which has built the pages: who has no mouse, hears the page, or wants no motion uses it, too. */
export function testEveryReader(site: Site): void {
  test('the keyboard reaches and uses every control, changes are said once, and nothing moves where motion is unwelcome', async () => {
    const { page, complaints } = await site.open('index', 'engine=wasm');
    const said = await listen(page);
    // The browser is told before, so that it opens no dialog of its own.
    const chooser = page.waitForEvent('filechooser');
    await pictured(page, () => page.getByText('Or drop a network of your own here.').waitFor());

    await expect.poll(() => page.locator('#kept-models li').count()).toBe(2);
    expect(await tabStops(page)).toEqual(await controls(page));
    await page.locator('.skip').focus();
    expect((await page.locator('.skip').boundingBox())!.x).toBeGreaterThanOrEqual(0);
    await page.keyboard.press('Enter');
    expect(await focused(page)).toBe('main');

    // Arrow keys move in the grid of the classes as it is seen: five in a row.
    await page.locator('#class-choices input:checked').focus();
    const press = (key: string) => pictured(page, () => page.keyboard.press(key));
    const chosen = () => page.textContent('#class-choices label:has(:checked)');
    for (const [key, name] of [
      ['ArrowUp', 'Pullover'],
      ['ArrowRight', 'Dress'],
      ['End', 'Ankle boot'],
      ['Home', 'T-shirt/top'],
    ] as const) {
      await press(key);
      expect(await chosen()).toBe(name);
    }
    await announced(page, /^Picture drawn: T-shirt\/top, seed 7\. 1 evaluation, /);
    // Four pictures in a row are one to listen to, unless the machine is slow.
    expect((await said()).filter((text) => text.includes('Picture drawn: T-shirt/top'))).toHaveLength(1);

    await page.focus('#file');
    await page.keyboard.press('Enter');
    await (await chooser).setFiles({ name: 'none.safetensors', mimeType: '', buffer: Buffer.from('none') });
    await page
      .getByRole('alert')
      .getByText(/^none\.safetensors: /)
      .waitFor();
    expect(await focused(page)).toBe('file');

    await page.focus('#play');
    const before = (await said()).length;
    await press('Enter');
    for (let i = 0; i < 3; i++) await pictured(page, () => undefined);
    const walked = (await said()).slice(before);
    expect(walked).toEqual([]);

    // The system now asks for less motion: the walk stops, and goes on at each key.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.getByRole('button', { name: 'One step on' }).waitFor();
    expect(await focused(page)).toBe('play');
    await announced(page, /^Picture drawn: T-shirt\/top, \d+ % from seed /);
    const place = async () => Number(await page.inputValue('#mix'));
    const start = await place();
    await page.evaluate(() => {
      const { requestAnimationFrame } = window;
      Object.assign(window, { frames: 0 });
      window.requestAnimationFrame = (callback) => {
        (window as unknown as { frames: number }).frames += 1;
        return requestAnimationFrame(callback);
      };
    });
    await page.keyboard.press('Enter');
    await expect.poll(place).toBeCloseTo((start + 0.1) % 1, 1);
    expect(await page.evaluate(() => (window as unknown as { frames: number }).frames)).toBe(0);
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });
}

/** Waits until the page says something that no text on it says. */
export async function announced(page: Page, what: RegExp): Promise<void> {
  await page.locator('#announcements').getByText(what).waitFor();
}
