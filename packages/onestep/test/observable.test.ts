import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { decodePngSamples } from '@onestep/datasets';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, launchChromium } from '../../../test-support/built-pages.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { loadGenerator, showImages } from '../src/index.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const hasChromium = chromiumPath() !== null;

/** A notebook of Observable, as its runtime has it: cells that follow one another by name, and files that have addresses without names. */
const NOTEBOOK = `
  import { Runtime } from '@observablehq/runtime';
  import { Inspector } from '@observablehq/inspector';
  const FileAttachment = (name) => ({ url: async () => location.origin + '/files/' + btoa(name) });
  const AsyncFunction = (async () => {}).constructor;
  window.notebook = new Runtime({ FileAttachment: () => FileAttachment }).module();
  for (const { name, code } of CELLS) {
    const inputs = [...CELLS.map((cell) => cell.name), 'FileAttachment'].filter(
      (each) => each !== undefined && each !== name && new RegExp('\\\\b' + each + '\\\\b').test(code),
    );
    window.notebook.variable(Inspector.into(document.body)()).define(name, inputs, new AsyncFunction(...inputs, 'return (' + code + ')'));
  }
`;

/** The cells that the documentation shows. */
async function documentedCells(): Promise<{ name?: string; code: string }[]> {
  const text = await readFile(`${ROOT}docs/notebooks.md`, 'utf8');
  const [, cells] = /^```text\n(onestep = import.*?)^```/ms.exec(text)!;
  return cells!
    .trim()
    .split('\n')
    .map((line) => {
      const [, name, code] = /^(?:(\w+) = )?(.*)$/.exec(line)!;
      return { name, code: code! };
    });
}

async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['@onestep/source'],
    logLevel: 'error',
  });
  return outputFiles[0]!.text;
}

/** What each address of the notebook and of the host of npm's packages has. */
async function answers(): Promise<(url: URL) => Promise<{ body: string | Buffer; contentType: string } | null>> {
  const notebook = await bundle(`const CELLS = ${JSON.stringify(await documentedCells())};${NOTEBOOK}`);
  const onestep = await bundle(`export * from 'onestep';`);
  return async ({ pathname }) => {
    if (pathname === '/')
      return { contentType: 'text/html', body: '<script type="module" src="/notebook.js"></script>' };
    if (pathname === '/notebook.js') return { contentType: 'text/javascript', body: notebook };
    const [, file] = /^\/files\/(.*)$/.exec(pathname) ?? [];
    const name = file === undefined ? undefined : atob(file);
    if (name === 'onestep.js') return { contentType: 'text/javascript', body: onestep };
    const student = `${ROOT}packages/onestep/assets/fashion-mnist-student.safetensors`;
    if (name === 'student.safetensors')
      return { contentType: 'application/octet-stream', body: await readFile(student) };
    const [, packageFile] = /^\/npm\/(@tensorflow\/.*)$/.exec(pathname) ?? [];
    if (packageFile === undefined) return null;
    const body = await readFile(`${ROOT}node_modules/${packageFile.replace(/(.)@[\d.]+\//, '$1/')}`);
    return { contentType: 'application/wasm', body };
  };
}

let browser: Browser;
beforeAll(async () => {
  if (hasChromium) browser = await launchChromium();
});
afterAll(() => browser?.close());

describe.skipIf(!hasChromium)('a notebook with Observable’s runtime', () => {
  it('imports one file, and shows images, which follow the cells that they are made of', async () => {
    const answer = await answers();
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.route('**/*', async (route) => {
      const found = await answer(new URL(route.request().url()));
      const headers = { 'access-control-allow-origin': '*' };
      await route.fulfill(found === null ? { status: 404 } : { ...found, headers });
    });
    await page.goto('https://notebook.example/');
    const shown = await shownPixels(page, '4 images');

    await startTestBackend();
    const generator = await loadGenerator('fashion-mnist');
    const images = await generator.sample({ seeds: [0, 1, 2, 3], class: 'Bag' });
    const { png } = await showImages(images, { columns: 4, scale: 2 });
    const expected = decodePngSamples(Buffer.from(png), 'expected').data;
    // The last bits of another engine may be rounded to the neighboring gray.
    const differences = Array.from(expected, (value, i) => Math.abs(value - shown[i]!));
    expect(shown).toHaveLength(expected.length);
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);

    await page.evaluate('window.notebook.redefine("seeds", [4])');
    expect(await shownPixels(page, '1 image')).toHaveLength(64 * 64);
    expect(await page.locator('.observablehq--error').allTextContents()).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });
});

async function shownPixels(page: Page, alt: string): Promise<number[]> {
  const picture = page.getByAltText(alt, { exact: true });
  await Promise.race([picture.waitFor(), page.locator('.observablehq--error').first().waitFor()]);
  const error = await page.locator('.observablehq--error').allTextContents();
  expect(error).toEqual([]);
  const png = await picture.evaluate((element) => [...(element as unknown as { png: Uint8Array }).png]);
  return [...decodePngSamples(Buffer.from(png), alt).data];
}
