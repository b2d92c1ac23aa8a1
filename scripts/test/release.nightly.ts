import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { preview } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, launchChromium } from '../../test-support/built-pages.js';
import { readmeExamples } from '../../test-support/readme.js';
import { isThisMachine, nameOf, PLATFORMS } from '../platform-packages/platforms.js';
import { publishedPackages, readManifest, ROOT } from '../published-packages.js';
import { Consumer } from '../release/consumer.js';
import { rehearseRelease, runProgram, type Rehearsal } from '../release/rehearsal.js';

/** What `npm install onestep` may take on Linux on x64, in units of 2^20 bytes. */
const MEGABYTES = 110;

const platformPackage = nameOf(PLATFORMS.find(isThisMachine)!);
/** The README's examples. A shorter distillation does as well. */
const examples = (await readmeExamples('.')).map((code) => code.replace(/kimg: \d+/, 'kimg: 0.064'));
const checkout = () => runProgram('git', ['status', '--porcelain']);

let folder: string;
let statusBefore: string;
let release: Rehearsal;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onestep-release-'));
  statusBefore = await checkout();
  release = await rehearseRelease(folder);
});
afterAll(() => {
  release?.registry.close();
  rmSync(folder, { recursive: true });
});

describe('a release', () => {
  it('gives every package a higher version, the same one, and a changelog', () => {
    const before = new Map(publishedPackages().map(({ manifest }) => [manifest.name, manifest.version]));
    expect(new Set(release.packages.map(({ manifest }) => manifest.version)).size).toBe(1);
    for (const { folder: room, manifest } of release.packages) {
      expect(manifest.version, manifest.name).not.toBe(before.get(manifest.name));
      expect(readFileSync(join(release.copy, room, 'CHANGELOG.md'), 'utf8')).toContain(`## ${manifest.version}`);
    }
  });

  it('writes nothing to the checkout', async () => {
    expect(await checkout()).toBe(statusBefore);
  });

  it('publishes every package, and ONNX Runtime for every platform', () => {
    const { version } = readManifest(join(ROOT, 'node_modules/@onestep/onnxruntime'));
    const runtime = ['@onestep/onnxruntime', ...PLATFORMS.map(nameOf)].map((name) => [name, version]);
    const ours = release.packages.map(({ manifest }) => [manifest.name, manifest.version]);
    expect(release.registry.published()).toEqual(Object.fromEntries([...runtime, ...ours]));
  });
});

describe('npm install onestep', () => {
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = new Consumer(join(folder, 'program'), release.registry);
    await consumer.install('onestep');
  });

  it('runs no install script', () => {
    expect(consumer.withInstallScripts()).toEqual([]);
  });

  it('is small', async (context) => {
    const size = await consumer.megabytes();
    console.log(`npm install onestep: ${size} MB`);
    context.skip(platformPackage !== '@onestep/onnxruntime-linux-x64', 'The bound is for Linux on x64.');
    expect(size).toBeLessThan(MEGABYTES);
  });

  it("brings ONNX Runtime for this platform only, and not upstream's package", () => {
    const installed = Object.keys(consumer.installed()).filter((name) => name.includes('onnxruntime'));
    expect(installed.sort()).toEqual(['@onestep/onnxruntime', platformPackage, 'onnxruntime-common']);
  });

  it.each(['bundler', 'nodenext'])("the types of the README's examples resolve (%s)", async (moduleResolution) => {
    examples.forEach((code, i) => consumer.write(`example-${i}.ts`, code));
    const compilerOptions = {
      module: moduleResolution === 'bundler' ? 'esnext' : 'nodenext',
      moduleResolution,
      target: 'es2022',
      lib: ['es2023', 'dom'],
      strict: true,
      noEmit: true,
    };
    consumer.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    await consumer.run(process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'));
  });

  it.each(examples.map((code, i) => [i + 1, code] as const))(
    "the README's example %i runs in Node",
    async (i, code) => {
      const file = `example-${i}.js`;
      consumer.write(file, transformSync(code, { loader: 'ts', format: 'esm' }).code);
      expect((await consumer.run(process.execPath, file)).trim()).toBe(promised(code));
    },
  );
});

describe('a page made with vite', () => {
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = new Consumer(join(folder, 'page'), release.registry);
    const { vite } = (readManifest(join(ROOT, 'apps/web')) as unknown as { devDependencies: { vite: string } })
      .devDependencies;
    await consumer.install('onestep', `vite@${vite}`);
    consumer.write('index.html', '<!doctype html><script type="module" src="./main.ts"></script>');
    consumer.write('example.ts', examples[0]!);
    consumer.write('main.ts', PAGE);
    await consumer.run('npx', '--no-install', 'vite', 'build', '--base', './');
  });

  it("does not have upstream's package, and its bundle has nothing of ONNX Runtime or Node", () => {
    expect(Object.keys(consumer.installed())).not.toContain('onnxruntime-node');
    const assets = join(consumer.folder, 'dist/assets');
    const scripts = readdirSync(assets).filter((file) => file.endsWith('.js'));
    expect(scripts).not.toEqual([]);
    for (const file of scripts) {
      expect(readFileSync(join(assets, file), 'utf8')).not.toMatch(/onnxruntime|\bfrom ?["']node:/);
    }
  });

  it("runs the README's first example in Chromium", async (context) => {
    context.skip(chromiumPath() === null, 'Chromium is not installed.');
    const server = await preview({ root: consumer.folder, preview: { port: 0, host: '127.0.0.1' }, logLevel: 'error' });
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      const printed: string[] = [];
      page.on('console', (message) => message.type() === 'log' && printed.push(message.text()));
      await page.goto(server.resolvedUrls!.local[0]!);
      const outcome = await page.waitForFunction('document.documentElement.dataset.outcome', null, {
        timeout: 300_000,
      });
      expect(await outcome.jsonValue()).toBe('done');
      expect(printed.join('\n')).toBe(promised(examples[0]!));
    } finally {
      await browser.close();
      await server.close();
    }
  });
});

describe('npm install @onestep/cli', () => {
  it('brings the program, which generates images', async () => {
    const consumer = new Consumer(join(folder, 'command-line'), release.registry);
    await consumer.install('@onestep/cli');
    expect(consumer.withInstallScripts()).toEqual([]);
    const generate = ['generate', '--network', 'fashion-mnist', '--outdir', 'images', '--seeds', '0-3'];
    await consumer.run('npx', '--no-install', 'onestep', ...generate);
    const images = join(consumer.folder, 'images');
    expect(existsSync(images) && readdirSync(images, { recursive: true })).toContain('000000.png');
  });
});

const PAGE = `import('./example.ts').then(
  () => (document.documentElement.dataset.outcome = 'done'),
  (error) => (document.documentElement.dataset.outcome = String(error.stack)),
);`;

/** What an example prints, as its comments say: those after a `console.log`. */
function promised(code: string): string {
  return [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, output]) => output).join('\n');
}
