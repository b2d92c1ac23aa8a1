import { WordEncoder } from '@onestep/diffusion-core';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { difference, nextDetail, pictured } from './driven-page.js';
import { driveSite, hasChromium } from './driven-site.js';
import { tinyGan, tinyNetwork } from './tiny-network.js';

const CAPTIONS = ['a red star', 'a blue ring', 'a red ring and a blue star on a green ground'];
/** What should not move while words are typed. */
const PLACES = ['#suggestions', '#picture', '#companion', '#caption', '#mix', '#seed', '#drop'];

const site = driveSite();
beforeAll(startTestBackend);

describe.skipIf(!hasChromium)('words and walks', () => {
  test.each([1280, 360])('at %i pixels, nothing moves while words are typed', async (width) => {
    const { page, complaints } = await open();
    await page.setViewportSize({ width, height: 800 });
    await dropWords(page);
    await page.fill('#prompt', '');
    const places = () => Promise.all(PLACES.map((place) => page.locator(place).boundingBox()));
    const before = await places();
    for (const text of ['a red zebra ', 'and an okapi ', 'on a green ground ', 'and on']) {
      await page.locator('#prompt').pressSequentially(text);
      expect(await places()).toEqual(before);
    }
    const caption = 'a red zebra and an okapi on a green ground and on';
    await page.getByRole('img', { name: `Generated picture: “${caption}”, seed 7` }).waitFor();
    expect(await page.locator('#prompt-marks mark').allTextContents()).toEqual(['zebra', 'an', 'okapi']);
    expect(await places()).toEqual(before);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('with the keyboard alone, words are typed, completed and drawn', async () => {
    const { page } = await open();
    await dropWords(page);
    await page.fill('#prompt', '');
    await page.keyboard.type('a bl');
    await page.keyboard.press('Tab');
    await pictured(page, () => page.keyboard.press('Enter'));
    expect(await page.inputValue('#prompt')).toBe('a blue ');
    // The focus stays on the suggestions, which are those for the next word now. Arrow keys move in them, Tab leaves them.
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowRight');
    const [first] = await page.locator('#suggestions button:visible').allTextContents();
    await page.keyboard.press('Enter');
    expect(await page.inputValue('#prompt')).toBe(`a blue ${first} `);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement!.id)).toBe('play');
    await page.close();
  });

  test('a teacher of captions draws alone until its student is there', async () => {
    const { page } = await open();
    await pictured(page, () => page.getByText('Or drop a network of your own here.').waitFor());
    await dropFile(page, 'teacher', await wordsNetwork(false));
    await nextDetail(page, 'sampled');
    expect([await page.isVisible('#picture'), await page.isVisible('#companion')]).toEqual([false, true]);
    await pictured(page, async () => dropFile(page, 'student', await wordsNetwork(true)));
    await nextDetail(page, 'sampled');
    expect([await page.isVisible('#picture'), await page.isVisible('#companion')]).toEqual([true, true]);
    await page.close();
  });

  test('where motion is unwelcome, a walk goes on a tenth at each click', async () => {
    const { page } = await open();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await pictured(page, () => page.getByText('Or drop a network of your own here.').waitFor());
    const gan = await pictured(page, async () => dropFile(page, 'gan', await tinyGan()));
    const first = await pictured(page, () => page.click('#play'));
    expect(difference(first, gan)).toBeGreaterThan(0);
    await pictured(page, () => page.click('#play'));
    expect(Number(await page.inputValue('#mix'))).toBeCloseTo(0.2);
    await page.close();
  });

  test('the refined GAN is next to what it was before, and they walk together', async () => {
    const { page } = await open('model=fashion-mnist-gan-refined');
    await pictured(page, () => page.getByText('Or drop a network of your own here.').waitFor());
    expect(await page.innerText('.frames')).toMatch(/Before\s.*evaluation[^]*After|After\s.*evaluation[^]*Before/);
    expect(await page.textContent('#class-choices label:has(:checked)')).toBe('Sneaker');
    expect(await page.locator('#companion').evaluate((canvas) => getComputedStyle(canvas).opacity)).toBe('1');
    await page.click('#play');
    await page.getByText(/^[\d.]+ pictures a second$/).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.close();
  });
});

function open(settings = ''): ReturnType<typeof site.open> {
  return site.open('index', `engine=wasm&${settings}`);
}

/** Has the page draw what words say. */
async function dropWords(page: Page): Promise<void> {
  await pictured(page, () => page.getByText('Or drop a network of your own here.').waitFor());
  await pictured(page, async () => dropFile(page, 'student', await wordsNetwork(true)));
}

function wordsNetwork(isGenerator: boolean): Promise<Uint8Array> {
  const encoder = WordEncoder.fromCaptions(CAPTIONS, { minCount: 1, buckets: 4, slots: 1 });
  const labels = { kind: 'captions', encoder: encoder.settings, captions: CAPTIONS } as const;
  return tinyNetwork({ imgChannels: 3, labelDim: encoder.dim, labels, isGenerator });
}

function dropFile(page: Page, name: string, file: Uint8Array): Promise<void> {
  return page.setInputFiles('#file', { name: `${name}.safetensors`, mimeType: '', buffer: Buffer.from(file) });
}
