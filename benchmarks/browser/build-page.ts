import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRequire } from 'node:module';
import { convertFile } from 'onestep/node';
import { build } from 'vite';

/** Files of onnxruntime-web that a page loads for each device. The package's own file is one of them. */
export const ONNXRUNTIME_FILES = {
  wasm: ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'],
  webgpu: ['ort.webgpu.min.mjs', 'ort-wasm-simd-threaded.asyncify.mjs', 'ort-wasm-simd-threaded.asyncify.wasm'],
} as const;

/** The students that come with the package. */
export const STUDENTS = ['fashion-mnist-student', 'fashion-mnist-gan-refined'] as const;
export type Student = (typeof STUDENTS)[number];

/**
 * Builds the page that measures, with onnxruntime-web beside it in `onnxruntime-web/`, and each student in `models/` as it is
 * shipped and as `onestep convert` exports it.
 *
 * @returns a temporary folder
 */
export async function buildMeasuringPage(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'onestep-measuring-page-'));
  const configFile = fileURLToPath(new URL('page/vite.config.ts', import.meta.url));
  await build({ configFile, mode: 'production', logLevel: 'error', build: { outDir, emptyOutDir: true } });
  const dist = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
  for (const file of Object.values(ONNXRUNTIME_FILES).flat()) {
    cpSync(join(dist, file), join(outDir, 'onnxruntime-web', file));
  }
  mkdirSync(join(outDir, 'models'));
  for (const name of STUDENTS) {
    const path = fileURLToPath(new URL(`../../packages/onestep/assets/${name}.safetensors`, import.meta.url));
    cpSync(path, join(outDir, 'models', `${name}.safetensors`));
    await convertFile({ path, dest: join(outDir, 'models', `${name}.onnx`) });
  }
  return outDir;
}
