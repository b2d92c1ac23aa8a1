import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import ort from '@onestep/tfjs-backend-ort/package.json' with { type: 'json' };
import { requireSpace } from '../../src/install/disk.js';
import { ORT_VERSION } from '../../src/install/ort-cuda-recipe.js';
import { wheelPlatform } from '../../src/install/platform.js';
import { findCompiler, findNpm } from '../../src/install/tools.js';
import { tensorflowRecipe } from '../../src/install/tensorflow-recipe.js';

afterEach(() => vi.unstubAllEnvs());

it.each([
  { platform: 'linux', arch: 'x64', glibc: '2.36' },
  { platform: 'linux', arch: 'arm64', glibc: '2.28' },
  { platform: 'darwin', arch: 'arm64', glibc: null },
])('prepares TensorFlow on %o', (machine) => {
  expect(wheelPlatform('tensorflow', false, machine).description).not.toBe('');
});

it.each([
  [{ platform: 'win32', arch: 'x64', glibc: null }, false, /needs Linux on x64 or arm64, or macOS.*win32 on x64/],
  [{ platform: 'darwin', arch: 'x64', glibc: null }, false, /darwin on x64/],
  [{ platform: 'linux', arch: 'x64', glibc: null }, false, /glibc.*Alpine/],
  [{ platform: 'linux', arch: 'x64', glibc: '2.17' }, false, /glibc 2\.28 or newer, and this Linux has 2\.17/],
  [{ platform: 'linux', arch: 'arm64', glibc: '2.36' }, true, /needs Linux on x64, and this is linux on arm64/],
  [{ platform: 'darwin', arch: 'arm64', glibc: null }, true, /needs Linux on x64/],
])('refuses %o, with CUDA: %s', (machine, cuda, message) => {
  expect(() => wheelPlatform('tensorflow', cuda, machine)).toThrow(message);
});

it('without a compiler or npm, says how to get one', async () => {
  vi.stubEnv('PATH', '/nowhere');
  vi.stubEnv('CXX', undefined);
  await expect(findCompiler()).rejects.toThrow(/neither g\+\+ nor clang\+\+.*apt-get install g\+\+/);
  await expect(findNpm()).rejects.toThrow(/npm is needed/);
  vi.stubEnv('CXX', 'my-c++');
  await expect(findCompiler()).rejects.toThrow(/CXX names my-c\+\+, which is not here/);
});

it('a disk that is too small is refused with both numbers', async () => {
  await expect(requireSpace('/tmp/not/yet/there', 1e18)).rejects.toThrow(
    /has .* free, and about 1000000000\.0 GB are needed/,
  );
});

it('a folder without TensorFlow is refused with what it lacks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onestep-python-'));
  const linux = wheelPlatform('tensorflow', false, { platform: 'linux', arch: 'x64', glibc: '2.36' });
  expect(() => tensorflowRecipe(false, linux, folder)).toThrow(/no libtensorflow_cc, no libtensorflow_framework/);
  rmSync(folder, { recursive: true });
});

it('ONNX Runtime is prepared in the version that the engine is made for', () => {
  expect(ort.dependencies['@onestep/onnxruntime']).toBe(ORT_VERSION);
});
