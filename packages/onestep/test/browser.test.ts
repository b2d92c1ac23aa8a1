import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { build, defaultClientConditions, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, launchChromium } from '../../../test-support/built-pages.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { loadGenerator } from '../src/index.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Inside the repository, so that the page finds the package as a user's page does: in node_modules. */
const FOLDER = join(ROOT, 'node_modules/.cache', `onestep-page-${process.pid}`);
const PACKAGES = [
  'checkpoint',
  'random',
  'nn',
  'diffusion-core',
  'edm',
  'sid',
  'diff-instruct',
  'boot',
  'backends',
  'onestep',
];
const hasChromium = chromiumPath() !== null;

const PAGE = `
  import { loadGenerator, MODELS, showImages, startEngine } from 'onestep';
  const generator = await loadGenerator('fashion-mnist', { engine: 'cpu' });
  const [image] = await generator.sample({ seeds: [3], class: 'Bag', batch: 1 });
  const file = new File([await generator.toBytes()], 'own.safetensors');
  const { name, classNames } = await loadGenerator(file);
  const missing = await loadGenerator('/none.safetensors').catch((error) => error.message);
  const teacher = await loadGenerator(MODELS['fashion-mnist'].teacher.url).catch((error) => error.message);
  const picture = await showImages([image, image], { scale: 2 });
  document.body.append(picture);
  await picture.decode();
  const shown = [picture.tagName, picture.naturalWidth, picture.naturalHeight, picture.alt];
  window.result = { ...image, shown, data: [...image.data], name, classNames, missing, teacher, engine: await startEngine() };
`;

let browser: Browser;
beforeAll(async () => {
  if (!hasChromium) return;
  browser = await launchChromium();
  await mkdir(FOLDER, { recursive: true });
  await writeFile(
    join(FOLDER, 'index.html'),
    `<link rel="icon" href="data:," /><script type="module" src="/page.js"></script>`,
  );
  await writeFile(join(FOLDER, 'page.js'), PAGE);
});
afterAll(async () => {
  await browser?.close();
  await rm(FOLDER, { recursive: true, force: true });
});

/** Whether a package was built after its sources changed. */
function isBuilt(name: string): boolean {
  const folder = join(ROOT, 'packages', name);
  const bundle = join(folder, 'dist/index.js');
  const sources = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' });
  const changed = () => sources.map((file) => statSync(join(folder, 'src', file)).mtimeMs);
  return existsSync(bundle) && Math.max(...changed()) <= statSync(bundle).mtimeMs;
}

describe.skipIf(!hasChromium)('a page built by Vite', () => {
  it('generates from the sources', () => expectImages('source', ['@onestep/source', ...defaultClientConditions]));
  // Skipped before `npm run build`.
  it.skipIf(!PACKAGES.every(isBuilt))('generates from the built packages', () =>
    expectImages('dist', defaultClientConditions),
  );
});

/** Builds the page, opens it, and compares its image with that of Node. */
async function expectImages(outDir: string, conditions: readonly string[]): Promise<void> {
  const config = { root: FOLDER, configFile: false, logLevel: 'error', build: { outDir, target: 'es2022' } } as const;
  await build({ ...config, resolve: { conditions: [...conditions] } });
  const files = await readdir(join(FOLDER, outDir), { recursive: true });
  expect(files.filter((name) => name.endsWith('.safetensors'))).toHaveLength(4);

  const server = await preview({ ...config, preview: { port: 0, host: '127.0.0.1' }, appType: 'mpa' });
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  await page.goto(server.resolvedUrls!.local[0]!);
  const handle = await page.waitForFunction(() => (globalThis as { result?: unknown }).result);
  const { data, missing, teacher, ...rest } = (await handle.jsonValue()) as Record<string, unknown>;
  await page.close();
  await new Promise((resolve) => server.httpServer.close(resolve));

  await startTestBackend();
  const generator = await loadGenerator('fashion-mnist');
  const [expected] = await generator.sample({ seeds: [3], class: 'Bag', batch: 1 });
  // The last bits of another engine may be rounded to the neighboring gray.
  const differences = Array.from(data as number[], (value, i) => Math.abs(value - expected!.data[i]!));
  expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  expect(rest).toMatchObject({ width: 32, height: 32, channels: 1, name: 'own.safetensors' });
  expect(rest).toMatchObject({ classNames: generator.classNames, engine: expect.stringMatching(/^cpu: /) });
  expect(rest.shown).toEqual(['IMG', 130, 64, '2 images']);
  expect(missing).toMatch(/\/none\.safetensors: the server answered 404/);
  expect(teacher).toMatch(
    /fashion-mnist-teacher.*: it is a diffusion model, not a one-step generator; load it with loadTeacher/,
  );
  expect(complaints).toEqual([]);
}
