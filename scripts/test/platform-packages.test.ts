import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isThisMachine, nameOf, PLATFORMS } from '../platform-packages/platforms.js';
import { readManifest, ROOT } from '../published-packages.js';
import { recordedChecksums, sha256, upstreamFile } from '../platform-packages/upstream.js';
import { writeMainPackage, writePlatformPackage } from '../platform-packages/write-packages.js';

const require = createRequire(import.meta.url);
const here = PLATFORMS.find(isThisMachine);
const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onestep-platform-packages-'));
  const modules = join(folder, 'node_modules/@onestep');
  mkdirSync(modules, { recursive: true });
  writeMainPackage(modules);
  writePlatformPackage(modules, here ?? PLATFORMS[0]!);
  symlinkSync(
    join(dirname(require.resolve('onnxruntime-common')), '../..'),
    join(folder, 'node_modules/onnxruntime-common'),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs CommonJS code where the packages are installed. Returns what it prints, or the error's message. */
async function run(code: string): Promise<string> {
  const program = `${code} try { console.log(require('@onestep/onnxruntime').listSupportedBackends().map((b) => b.name).join()); } catch (e) { console.log(e.message); }`;
  return (await promisify(execFile)(process.execPath, ['--eval', program], { cwd: folder })).stdout.trim();
}
const on = (property: string, value: string) => `Object.defineProperty(process, '${property}', { value: '${value}' });`;

describe('@onestep/onnxruntime', () => {
  it('has no install script that npm would run in a checkout: it downloads CUDA libraries', () => {
    const { packages } = readJson(join(ROOT, 'package-lock.json')) as {
      packages: Record<string, { version: string; hasInstallScript?: boolean }>;
    };
    const { version, hasInstallScript } = packages['node_modules/@onestep/onnxruntime']!;
    expect({ version, hasInstallScript }).toEqual({ version: expect.any(String), hasInstallScript: undefined });
  });

  it('loads the files of this platform from its package', async (context) => {
    context.skip(!here, `onnxruntime-node has no files for ${process.platform}-${process.arch}.`);
    expect(await run('')).toMatch(/^cpu\b/);
  });

  it('says which platforms there are on another one, and what to use instead', async () => {
    expect(await run(on('arch', 'ppc64'))).toMatch(/no files for \w+-ppc64, only for linux-x64, linux-arm64, .*'wasm'/);
  });

  it('says that a system with musl has no files', async () => {
    const musl = `${on('platform', 'linux')} process.report.getReport = () => ({ header: {} });`;
    expect(await run(musl)).toMatch(/need glibc.*musl.*'wasm'/);
  });

  it('says how to install a platform package that was left out', async () => {
    expect(await run(on('platform', 'win32') + on('arch', 'arm64'))).toMatch(
      /@onestep\/onnxruntime-win32-arm64 is not installed.*--omit=optional.*npm install @onestep\/onnxruntime-win32-arm64@\d/,
    );
  });

  it('is the version that the engine depends on', () => {
    const engine = readManifest(join(ROOT, 'packages/tfjs-backend-ort'));
    const { version, optionalDependencies } = readManifest(join(folder, 'node_modules/@onestep/onnxruntime'));
    expect(engine.dependencies?.['@onestep/onnxruntime']).toBe(version);
    expect(optionalDependencies).toEqual(Object.fromEntries(PLATFORMS.map((platform) => [nameOf(platform), version])));
  });
});

describe('a platform package', () => {
  it('is installed on its platform only, and runs no script', () => {
    const platform = here ?? PLATFORMS[0]!;
    const manifest = readManifest(join(folder, 'node_modules', nameOf(platform)));
    expect(manifest).toMatchObject({ os: [platform.os], cpu: [platform.cpu], license: 'MIT' });
    expect(manifest).not.toHaveProperty('scripts');
  });

  it('keeps the license and the checksums of its files', () => {
    const installed = join(folder, 'node_modules', nameOf(here ?? PLATFORMS[0]!));
    const { upstream, files } = readJson(join(installed, 'provenance.json')) as {
      upstream: object;
      files: Record<string, { from: string; sha256: string }>;
    };
    const { version, integrity, files: recorded } = recordedChecksums();
    expect(upstream).toEqual({ name: 'onnxruntime-node', version, integrity });
    expect(Object.keys(files)).toContain('onnxruntime_binding.node');
    for (const [file, entry] of Object.entries(files)) {
      expect(entry.sha256).toBe(recorded[entry.from]);
      expect(sha256(readFileSync(join(installed, file)))).toBe(entry.sha256);
    }
    expect(readFileSync(join(installed, 'LICENSE'), 'utf8')).toMatch(/MIT License\s+Copyright \(c\) Microsoft/);
    expect(readFileSync(join(installed, 'ThirdPartyNotices.txt'), 'utf8')).toMatch(/dawn/);
  });

  it('is not made of a file that is not the recorded one', () => {
    const checksums = recordedChecksums();
    const [path] = Object.keys(checksums.files);
    const other = { ...checksums, files: { ...checksums.files, [path!]: sha256('another file') } };
    expect(() => upstreamFile(path!, other)).toThrow(/is not the file that was recorded for 1\..*npm ci/);
  });
});

it.each(PLATFORMS.map((platform) => [nameOf(platform), platform] as const))(
  '%s has the files that it needs',
  (_, platform) => {
    const all = mkdtempSync(join(tmpdir(), 'onestep-platform-packages-'));
    try {
      const texts = ['LICENSE', 'README.md', 'ThirdPartyNotices.txt', 'package.json', 'provenance.json'];
      expect(readdirSync(writePlatformPackage(all, platform)).sort()).toEqual([...texts, ...platform.files].sort());
    } finally {
      rmSync(all, { recursive: true });
    }
  },
);
