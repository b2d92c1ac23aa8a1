import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { BACKEND_NAMES, BackendError, startBackend } from '../src/browser.js';

describe('the entry for browsers', () => {
  it('is the one that bundlers resolve, and bundles neither Node built-ins nor engines for Node', async () => {
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
    expect(sources.filter((path) => !/^packages\/(backends|tfjs-kernels)\/src\//.test(path))).toEqual([]);
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
    expect([...new Set(imports)].sort()).toEqual([
      '@tensorflow/tfjs-backend-cpu',
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-backend-webgpu',
      '@tensorflow/tfjs-core',
    ]);
  });

  it('refuses engines for Node, unknown names, and WebGPU if the browser has none', async () => {
    await expect(startBackend('ort-cuda')).rejects.toThrow(
      new BackendError(`The backend 'ort-cuda' runs in Node only: in a browser use one of auto, webgpu, wasm, cpu.`),
    );
    await expect(startBackend('toString' as 'cpu')).rejects.toThrow(`use one of ${BACKEND_NAMES.join(', ')}`);
    await expect(startBackend('webgpu')).rejects.toThrow(/no WebGPU in this browser.*'wasm'/);
  });

  it('auto: falls back to WebAssembly, and says that there is no WebGPU', async () => {
    const { tfjsName, description } = await startBackend('auto');
    expect(tfjsName).toBe('wasm');
    expect(description).toMatch(/^wasm: tfjs-backend-wasm \S+, SIMD, .*\(auto: .*no WebGPU in this browser/);
  });
});
