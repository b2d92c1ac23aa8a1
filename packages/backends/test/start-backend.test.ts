import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { engineFolder, readEngineRecord } from '@onestep/tfjs-backend-ort/engine-folder';
import { expect, it } from 'vitest';
import { programArguments } from '../../../test-support/program.js';
import { BACKEND_NAMES, BackendError, startBackend } from '../src/index.js';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const startProgram = await programArguments('packages/backends/test/start-program.ts');
const inWorker = fileURLToPath(new URL('start-in-worker.ts', import.meta.url));
const startInWorker = ['--conditions=@onestep/source', '--import', 'tsx', inWorker];

/** Starts a backend in a new process. Returns what it found, or the error's message. */
async function startInProcess(name: string, environment: Record<string, string> = {}, program = startProgram) {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...program, name], {
    cwd: repository,
    env: { ...process.env, ...environment },
  });
  const outcome = JSON.parse(stdout) as { description?: string; current?: string; sum?: number; refused?: string };
  return { ...outcome, stderr };
}

it.each(['auto', 'wasm', 'cpu'])('%s: starts, describes itself, and computes', async (name) => {
  const { description, current, sum } = await startInProcess(name);
  expect(description).toMatch(new RegExp(`^${name === 'auto' ? 'ort' : name}: \\S.*$`));
  // On a machine with an NVIDIA GPU the reason is another one.
  if (name === 'auto') expect(description).toMatch(/threads? \(auto: (no|an) NVIDIA GPU/);
  expect(current).toBe(name === 'auto' ? 'ort' : name);
  expect(sum).toBe(10);
});

it.each(['webgpu', 'ort-webgpu'])('%s: says what to install if there is no adapter', async (name) => {
  const nowhere = { VK_ICD_FILENAMES: '/nowhere.json', VK_DRIVER_FILES: '/nowhere.json' };
  const { refused } = await startInProcess(name, nowhere);
  expect(refused).toMatch(/webgpu.*adapter.*Vulkan driver/s);
});

it.each(['webgpu', 'ort-webgpu'])('%s: computes if there is an adapter', async (name) => {
  const { description, sum, refused } = await startInProcess(name);
  // The test above covers machines without an adapter.
  if (refused !== undefined) return expect(refused).toMatch(/adapter/);
  expect(description).toMatch(/webgpu/);
  expect(sum).toBe(10);
});

it.each(['tensorflow', 'ort-cuda'])('%s: computes, or says what to install', async (name) => {
  const { refused, sum } = await startInProcess(name);
  if (refused === undefined) return expect(sum).toBe(10);
  const remedy = {
    tensorflow: /'tensorflow' is not prepared.*'onestep engine install tensorflow'.*'ort'/,
    'ort-cuda': /'cuda' .*does not work here.*onestep engine install ort-cuda/,
  };
  expect(refused).toMatch(remedy[name as keyof typeof remedy]);
});

it.each([
  ['the main thread', startProgram],
  ['a worker thread', startInWorker],
])('tensorflow, in %s: says nothing, and keeps to ONESTEP_THREADS', async (_, program) => {
  const { refused, description, stderr } = await startInProcess('tensorflow', { ONESTEP_THREADS: '1' }, program);
  // A test above covers machines without TensorFlow. What a tfjs-node in node_modules says first cannot be kept back.
  if (refused !== undefined) return expect(refused).toMatch(/engine install tensorflow/);
  expect(description).toMatch(
    /^tensorflow: TensorFlow 2\.\d+\.\d+ \(tfjs-node 4\.22\.0\), (CPU, 1 thread$|CPU, 1 thread: |GPU )/,
  );
  if (readEngineRecord(engineFolder('tensorflow')) !== null) expect(stderr).toBe('');
});

it('tensorflow: refuses a number of threads that is none', async () => {
  const { refused } = await startInProcess('tensorflow', { ONESTEP_THREADS: 'many' });
  expect(refused).toMatch(
    /ONESTEP_THREADS is 'many', expected a whole number from 1 to 1024|engine install tensorflow/,
  );
});

it('refuses an unknown name, and lists the known ones', async () => {
  const start = startBackend('gpu' as 'cpu');
  await expect(start).rejects.toThrow(BackendError);
  await expect(start).rejects.toThrow(`'gpu': use one of ${BACKEND_NAMES.join(', ')}`);
});

it.each(['webgpu', 'wasm'] as const)(
  '%s: sine and cosine are accurate to float32, near zero and far from it',
  async (name) => {
    const started = await startBackend(name).catch((error: unknown) => error as Error);
    // A test above covers machines without an adapter.
    if (started instanceof Error) return expect(String(started)).toMatch(/adapter/);
    const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) * 1.7);
    for (const operation of ['sin', 'cos'] as const) {
      const values = await tf[operation](tf.tensor1d(x)).data();
      const errors = [...x].map((value, i) => Math.abs(values[i]! - Math[operation](value)));
      expect(Math.max(...errors)).toBeLessThan(5e-7);
    }
    const [small] = await tf.sin(tf.tensor1d([1e-5])).data();
    expect(small! / 1e-5).toBeCloseTo(1, 6);
  },
);
