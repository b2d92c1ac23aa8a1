import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { BACKEND_NAMES, BackendError, startBackend } from '../src/index.js';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const program = fileURLToPath(new URL('start-program.ts', import.meta.url));

/** Starts a backend in a process of its own; what it found, or the error's message. */
async function startInProcess(name: string, environment: Record<string, string> = {}) {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@onestep/source', '--import', 'tsx', program, name],
    { cwd: repository, env: { ...process.env, ...environment } },
  );
  return JSON.parse(stdout) as { description?: string; current?: string; sum?: number; refused?: string };
}

it.each(['auto', 'ort', 'cpu'])('%s: starts, says what it is, and computes', async (name) => {
  const { description, current, sum } = await startInProcess(name);
  expect(description).toMatch(new RegExp(`^${name === 'auto' ? 'ort' : name}: \\S.*$`));
  expect(current).toBe(name === 'auto' ? 'ort' : name);
  expect(sum).toBe(10);
});

it.each(['webgpu', 'ort-webgpu'])('%s: without an adapter says what to install', async (name) => {
  const nowhere = { VK_ICD_FILENAMES: '/nowhere.json', VK_DRIVER_FILES: '/nowhere.json' };
  const { refused } = await startInProcess(name, nowhere);
  expect(refused).toMatch(/webgpu.*adapter.*Vulkan driver/s);
});

it.each(['webgpu', 'ort-webgpu'])('%s: computes where there is an adapter', async (name) => {
  const { description, sum, refused } = await startInProcess(name);
  // Where there is none, the test above says what happens.
  if (refused !== undefined) return expect(refused).toMatch(/adapter/);
  expect(description).toMatch(/webgpu/);
  expect(sum).toBe(10);
});

it('of another name is refused, with the names there are', async () => {
  const start = startBackend('gpu' as 'cpu');
  await expect(start).rejects.toThrow(BackendError);
  await expect(start).rejects.toThrow(`'gpu': use one of ${BACKEND_NAMES.join(', ')}`);
});

it('the cpu engine differentiates a strided convolution as its own kernel does', async () => {
  await import('@tensorflow/tfjs-backend-cpu');
  const inputs = {
    x: () =>
      tf.tensor(
        Array.from({ length: 2 * 7 * 6 * 3 }, (_, i) => Math.sin(i)),
        [2, 7, 6, 3],
      ),
    dy: (shape: number[]) =>
      tf.tensor(
        Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.cos(i)),
        shape,
      ),
  };
  const cases = [
    { strides: [1, 1], pad: 'same', shape: [2, 7, 6, 5] },
    { strides: [2, 2], pad: 'same', shape: [2, 4, 3, 5] },
    { strides: [2, 1], pad: 'valid', shape: [2, 3, 4, 5] },
    { strides: [1, 1], pad: 2, shape: [2, 9, 8, 5] },
  ];
  const gradients = () =>
    cases.map(({ strides, pad, shape }) => {
      const attrs = { strides, pad, dataFormat: 'NHWC', filterShape: [3, 3, 3, 5] };
      const named = { x: inputs.x(), dy: inputs.dy(shape) };
      const gradient = tf.engine().runKernel('Conv2DBackpropFilter', named, attrs) as tf.Tensor;
      return [...gradient.dataSync()];
    });
  await tf.setBackend('cpu');
  const expected = gradients();
  await startBackend('cpu');
  gradients().forEach((gradient, i) => {
    gradient.forEach((value, k) => expect(value).toBeCloseTo(expected[i]![k]!, 4));
  });
});

it('sine and cosine are right to float32 on WebGPU, far from zero too', async (context) => {
  const started = await startBackend('webgpu').catch((error: unknown) => error as Error);
  context.skip(started instanceof Error, `No WebGPU here: ${String(started)}`);
  const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) * 1.7);
  for (const name of ['sin', 'cos'] as const) {
    const values = await tf[name](tf.tensor1d(x)).data();
    const errors = [...x].map((value, i) => Math.abs(values[i]! - Math[name](value)));
    expect(Math.max(...errors)).toBeLessThan(5e-7);
  }
});
