import { copyFile, mkdtemp, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, launchChromium, serveFolder, type BuiltPages } from '../../../test-support/built-pages.js';

const hasChromium = chromiumPath() !== null;

/** What a program of its own makes of `@onestep/backends`, in a worker of a machine with four processors. */
const PROGRAM = `
import { startBackend } from '@onestep/backends';
import * as tf from '@tensorflow/tfjs-core';
Object.defineProperty(navigator, 'hardwareConcurrency', { value: 4 });
try {
  const { description } = await startBackend('wasm', { wasmPath: new URL('.', location.href).href });
  // The second one, transposed, is a compiled kernel of @onestep/tfjs-kernels.
  const square = tf.matMul(tf.matMul(tf.eye(4), tf.fill([4, 4], 2)), tf.eye(4), false, true);
  postMessage({ description, values: Array.from(await square.data()), isIsolated: crossOriginIsolated });
} catch ({ message }) {
  postMessage({ description: message });
}`;
const PAGE = `<!doctype html><link rel="icon" href="data:,"><script>
const bundle = location.hash.slice(1);
new Worker(bundle, { type: 'module' }).onmessage = ({ data }) => (window.answer = data);
</script>`;

let browser: Browser;
let pages: BuiltPages;

beforeAll(async () => {
  if (!hasChromium) return;
  const folder = await mkdtemp(join(tmpdir(), 'onestep-threads-'));
  const binaries = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  for (const name of ['', '-simd', '-threaded-simd']) {
    await copyFile(join(binaries, `tfjs-backend-wasm${name}.wasm`), join(folder, `tfjs-backend-wasm${name}.wasm`));
  }
  await writeFile(join(folder, 'index.html'), PAGE);
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['@onestep/source'],
    logLevel: 'error',
  });
  const { text } = outputFiles[0]!;
  await writeFile(join(folder, 'whole.js'), text);
  // What minifiers make of a question whose answer they know, as rolldown does.
  const question = 'typeof _scriptDir !== "undefined" && ';
  expect(text).toContain(question);
  await writeFile(join(folder, 'minified.js'), text.replaceAll(question, ''));
  [pages, browser] = [await serveFolder(folder), await launchChromium()];
});
afterAll(async () => {
  await browser?.close();
  await pages?.close();
});

async function startIn(address: string): Promise<{ description: string; values: number[]; isIsolated: boolean }> {
  const page = await browser.newPage();
  await page.goto(address);
  const answer = await page.waitForFunction(() => (window as unknown as { answer?: object }).answer);
  const value = await answer.jsonValue();
  await page.close();
  return value as never;
}

describe.skipIf(!hasChromium)('the WebAssembly engine', () => {
  test('has threads where the page is cross-origin isolated, and one where it is not', async () => {
    const isolated = await startIn(`${pages.isolatedAddress}index.html#whole.js`);
    expect(isolated).toMatchObject({ isIsolated: true, values: new Array(16).fill(2) });
    expect(isolated.description).toMatch(/SIMD, 2 threads$/);
    const plain = await startIn(`${pages.address}index.html#whole.js`);
    expect(plain).toMatchObject({ isIsolated: false, values: isolated.values });
    expect(plain.description).toMatch(/SIMD, one thread$/);
  });

  test('has one, and says why, where a minifier has changed what its threads read', async () => {
    const { description, values } = await startIn(`${pages.isolatedAddress}index.html#minified.js`);
    expect(description).toMatch(/SIMD, one thread \(others did not start: .*is not defined\)$/);
    expect(values).toEqual(new Array(16).fill(2));
  });
});
