import { expect, test } from 'vitest';
import { buildAndServePages, chromiumPath, launchChromium } from '../../../test-support/built-pages.js';
import { difference, nextDetail, openPage, pictured } from './driven-page.js';
import { asset, picturesInNode, TOLERANCE } from './pictures-in-node.js';

const [SEED, CLASS] = [11, 9];

test.skipIf(chromiumPath() === null)('on WebGPU the race finishes, and a broken file is explained', async () => {
  const [pages, browser] = [await buildAndServePages(), await launchChromium({ webgpu: true })];
  const expected = await picturesInNode(SEED, CLASS);
  const { page, complaints } = await openPage(
    browser,
    `${pages.address}index.html?engine=webgpu&seed=${SEED}&class=${CLASS}`,
  );
  page.setDefaultTimeout(900_000);
  expect(difference(await pictured(page, () => undefined), expected.student)).toBeLessThan(TOLERANCE);

  const raced = nextDetail(page, 'raced');
  await page.click('#race:enabled');
  expect(difference((await raced).pixels, expected.teacher)).toBeLessThan(TOLERANCE);
  await page.getByText(/The student needed 1 evaluation and .*; the teacher 35 evaluations and/).waitFor();

  const torn = { name: 'torn.safetensors', mimeType: '', buffer: Buffer.from(asset('generator')) };
  await page.setInputFiles('#file', torn);
  await page
    .getByRole('alert')
    .getByText(/^torn\.safetensors: not a valid safetensors file/)
    .waitFor();
  expect(complaints).toEqual([]);
  await browser.close();
  await pages.close();
});
