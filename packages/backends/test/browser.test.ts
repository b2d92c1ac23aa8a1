import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { BACKEND_NAMES, BackendError, startBackend } from '../src/browser.js';

describe('the entry for browsers', () => {
  it('is what bundlers find, and pulls in nothing of Node and no engine that only Node has', async () => {
    const { metafile } = await build({
      stdin: {
        contents: "export * from '@onestep/backends';",
        resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      },
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      conditions: ['@onestep/source'],
      external: ['@tensorflow/*'],
    });
    const sources = Object.keys(metafile.inputs).filter((path) => path.includes('/'));
    expect(sources).toContain('packages/backends/src/browser/start-backend.ts');
    expect(sources.filter((path) => !path.startsWith('packages/backends/src/'))).toEqual([]);
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
    expect([...new Set(imports)].sort()).toEqual([
      '@tensorflow/tfjs-backend-cpu',
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-backend-webgpu',
      '@tensorflow/tfjs-core',
    ]);
  });

  it('refuses engines of Node, names that do not exist, and WebGPU where the browser has none', async () => {
    await expect(startBackend('ort-cuda')).rejects.toThrow(
      new BackendError(`The backend 'ort-cuda' runs in Node only: in a browser use one of auto, webgpu, wasm, cpu.`),
    );
    await expect(startBackend('toString' as 'cpu')).rejects.toThrow(`use one of ${BACKEND_NAMES.join(', ')}`);
    await expect(startBackend('webgpu')).rejects.toThrow(/no WebGPU in this browser.*'wasm'/);
  });

  it('auto: says that it found no WebGPU, and takes WebAssembly', async () => {
    const { tfjsName, description } = await startBackend('auto');
    expect(tfjsName).toBe('wasm');
    expect(description).toMatch(/^wasm: tfjs-backend-wasm \S+, SIMD, .*\(auto: .*no WebGPU in this browser/);
  });
});
