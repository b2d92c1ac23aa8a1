import { readFile } from 'node:fs/promises';
import { WordEncoder } from '@onestep/diffusion-core';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { arrival, difference, nextDetail, openPage, pictured } from './driven-page.js';
import { driveSite, hasChromium } from './driven-site.js';
import { testEveryReader } from './every-reader.js';
import { faultsOf } from './faults.js';
import { testOffline } from './offline.js';
import { tinyGan, tinyNetwork, type TinyNetwork } from './tiny-network.js';
import { asset, pictureInSteps, pictureOfGan, picturesInNode, picturesOfWords, TOLERANCE } from './pictures-in-node.js';

const [SEED, OTHER_SEED, CLASS] = [11, 12, 9];
const CAPTIONS = ['a red star', 'a blue ring', 'a red ring and a blue star'];
if (!hasChromium) console.log('Skipped: the pages are driven in Chromium, which is not installed (ONESTEP_CHROMIUM).');

const site = driveSite({ webgpu: true });
let expected: Awaited<ReturnType<typeof picturesInNode>>;

beforeAll(async () => {
  if (hasChromium) expected = await picturesInNode(SEED, CLASS);
});

describe.skipIf(!hasChromium)('the pages, built and on a static host', () => {
  test('on wasm a picture is that of Node, the race finishes, the slider walks, and a broken file is explained', async () => {
    const { page, complaints } = await site.open('index', `engine=wasm&seed=${SEED}&class=${CLASS}`);
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
    await alert.getByText(/^torn\.safetensors: not a valid safetensors file: .* is the file complete\?$/).waitFor();
    await page.setInputFiles('#file', { name: 'my.safetensors', mimeType: '', buffer: file });
    await page.getByText('my.safetensors: a one-step generator: it is the student now.').waitFor();

    expect(await faultsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('networks of other pictures and labels have their own controls, and the page says why they cannot race', async () => {
    const { page, complaints } = await site.open('index', 'engine=wasm');
    await pictured(page, () => page.getByText('Or drop a network of your own here.').waitFor());
    const choose = async (name: string, contents: TinyNetwork) => {
      const buffer = Buffer.from(await tinyNetwork(contents));
      await page.setInputFiles('#file', { name: `${name}.safetensors`, mimeType: '', buffer });
      await page.getByText(`${name}.safetensors: `).waitFor();
    };
    const reason = () => page.textContent('#race-reason');
    expect(await reason()).toBe('');

    // The student that comes with the page was trained for one step.
    expect(await page.isVisible('#steps-note')).toBe(false);
    await pictured(page, () => page.selectOption('#steps', '2'));
    expect(await page.innerText('#steps-note:visible')).toMatch(/^This student was trained for one step: /);
    await pictured(page, () => page.selectOption('#steps', '1'));

    const color = { imgChannels: 3, labelDim: 2, classNames: ['cat', 'dog'] };
    await pictured(page, () => choose('student', { ...color, isGenerator: true }));
    // Nothing says that this student was trained for one step only.
    const refined = await pictured(page, () => page.selectOption('#steps', '4'));
    const inNode = await pictureInSteps(await tinyNetwork({ ...color, isGenerator: true }), 7, 1, 4);
    expect(difference(refined, inNode)).toBeLessThan(TOLERANCE);
    expect(await page.isVisible('#steps-note')).toBe(false);
    expect(await page.textContent('#cost')).toMatch(/^4 evaluations, /);
    expect([await page.textContent('.arrow'), new URL(page.url()).searchParams.get('steps')]).toEqual(['4 steps', '4']);
    expect(difference(await pictured(page, () => page.selectOption('#steps', '1')), refined)).toBeGreaterThan(0.01);
    expect(await reason()).toMatch(
      /student makes 8×8 color pictures of 2 classes, .* teacher 32×32 gray pictures of 10/,
    );
    expect(await page.isDisabled('#race')).toBe(true);
    expect(await page.locator('#class-choices label').allTextContents()).toEqual(['cat', 'dog']);
    expect(await page.isVisible('#label')).toBe(false);
    await choose('teacher', color);
    expect(await reason()).toBe('');
    const raced = nextDetail(page, 'raced');
    await page.click('#race:enabled');
    expect((await raced).pixels).toHaveLength(8 * 8 * 3);

    const labels = { kind: 'vectors', rows: [[0.37, 0.7]] } as const;
    const drawn = await pictured(page, () =>
      choose('vectors', { imgChannels: 1, labelDim: 2, labels, isGenerator: true }),
    );
    expect(await page.textContent('#label-note')).toBe(
      'This network takes label vectors: 2 numbers, such as 0.37, 0.7.',
    );
    expect(await page.isVisible('#classes')).toBe(false);
    const typed = await pictured(page, () => page.fill('#label', '0.37, 0.7'));
    expect(difference(typed, drawn)).toBe(0);
    expect(difference(await pictured(page, () => page.fill('#label', '-5, 1')), drawn)).toBeGreaterThan(0);
    await page.fill('#label', '1');
    expect(await page.getAttribute('#label', 'aria-invalid')).toBe('true');

    await pictured(page, () => choose('many', { imgChannels: 1, labelDim: 40, isGenerator: true }));
    expect(await page.isVisible('#class-list')).toBe(true);
    expect(await page.textContent('#class-note')).toMatch(/does not say what its labels are: classes are assumed/);
    await pictured(page, () => page.selectOption('#class-list', { label: 'class 39' }));
    await pictured(page, () => choose('plain', { imgChannels: 1, labelDim: 0, isGenerator: true }));
    expect([await page.isVisible('#classes'), await page.isVisible('#label')]).toEqual([false, false]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('a GAN is walked through, and words give a picture for every key, with that of the teacher next to it', async () => {
    const { page, complaints } = await site.open('index', 'engine=wasm');
    await pictured(page, () => page.getByText('Or drop a network of your own here.').waitFor());
    const drop = (name: string, file: Uint8Array) =>
      page.setInputFiles('#file', { name: `${name}.safetensors`, mimeType: '', buffer: Buffer.from(file) });

    const gan = await tinyGan();
    const still = await pictured(page, () => drop('gan', gan));
    expect(difference(still, await pictureOfGan(gan, 7, 1, { noise: 'const' }))).toBeLessThan(TOLERANCE);
    expect([await page.isVisible('#psi'), await page.isVisible('#race-section')]).toEqual([true, false]);
    await pictured(page, () => page.fill('#psi', '0.5'));
    const noisy = await pictured(page, () => page.check('#random-noise'));
    const choice = { noise: 'random', psi: 0.5 } as const;
    expect(difference(noisy, await pictureOfGan(gan, 7, 1, choice))).toBeLessThan(TOLERANCE);
    const onTheWay = await pictured(page, () => page.click('#play'));
    expect(difference(onTheWay, noisy)).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.waitForFunction(() => (document.getElementById('mix') as HTMLInputElement).value !== '0');

    const encoder = WordEncoder.fromCaptions(CAPTIONS, { minCount: 1, buckets: 4, slots: 1 });
    const labels = { kind: 'captions', encoder: encoder.settings, captions: CAPTIONS } as const;
    const kind = { imgChannels: 3, labelDim: encoder.dim, labels };
    const files = { student: await tinyNetwork({ ...kind, isGenerator: true }), teacher: await tinyNetwork(kind) };
    await page.fill('#mix', '0');
    await page.fill('#seed', '5');
    await drop('student', files.student);
    await page.getByText('student.safetensors: ').waitFor();
    await drop('teacher', files.teacher);
    const caption = 'a blue ring';
    const expected = await picturesOfWords(files, encoder.settings, { seed: 5, caption, guidance: 3 });
    await page.getByText('teacher.safetensors: ').waitFor();
    await page.fill('#guidance', '3');
    await page.fill('#prompt', 'a blue');
    const next = page.getByRole('toolbar', { name: 'Words that may come next' }).getByRole('button');
    expect(await next.allTextContents()).toContain('ring');
    await next.getByText('ring', { exact: true }).click();
    await arrival(page, 'generated', expected.student, TOLERANCE);
    await arrival(page, 'sampled', expected.teacher, TOLERANCE);
    expect(await page.textContent('#companion-cost')).toMatch(/^70 evaluations, .* times as long$/);
    await page.locator('#prompt').pressSequentially('sun ');
    expect(await page.locator('#prompt-marks mark').allTextContents()).toEqual(['sun']);
    expect(new URL(page.url()).searchParams.get('prompt')).toBe('a blue ring sun');
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('methods of each kind run on the toy page, are paused, go on, and begin anew', async () => {
    const { page, complaints } = await site.open('distill', 'engine=wasm&method=sim');
    expect(await page.isChecked('input[value=sim]')).toBe(true);
    for (const [group, method] of [
      ['From the teacher alone', 'SiD'],
      ['From the teacher alone', 'BOOT'],
      ['With real points too', 'DMD2'],
      ['From pairs of the teacher', 'KD'],
    ] as const) {
      const choices = page.getByRole('group', { name: group, exact: true });
      await choices.getByRole('radio', { name: method, exact: true }).check({ force: true });
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
    expect(await faultsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('on a host that isolates pages the engine has threads, and a picture is that of Node', async () => {
    const machine = await site.browser.newContext({ serviceWorkers: 'block' });
    // Of four processors, of which the engine takes half.
    await machine.route('**/assets/worker-*.js', async (route) => {
      const response = await route.fetch();
      const processors = "Object.defineProperty(navigator, 'hardwareConcurrency', { value: 4 });";
      await route.fulfill({ response, body: `${await response.text()};${processors}` });
    });
    const { page, complaints } = await openPage(
      { newPage: () => machine.newPage() } as unknown as Browser,
      `${site.pages.isolatedAddress}index.html?engine=wasm&seed=${SEED}&class=${CLASS}`,
    );
    expect(difference(await pictured(page, () => undefined), expected.student)).toBeLessThan(TOLERANCE);
    expect(await page.textContent('#engine-description')).toMatch(/^wasm: .* 2 threads$/);
    expect(complaints).toEqual([]);
    await machine.close();
  });

  testEveryReader(site);
  testOffline(site, () => ({ settings: `seed=${SEED}&class=${CLASS}`, student: expected.student }));

  test('on WebGPU a picture is that of Node', async () => {
    const { page, complaints } = await site.open('index', `engine=webgpu&seed=${SEED}&class=${CLASS}`);
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
