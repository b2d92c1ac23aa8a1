import * as tf from '@tensorflow/tfjs-core';
import { placeToUpdate, UPDATE_THREADS } from './update-in-place.js';
import { runProgram, type WebgpuBackend, type WebgpuProgram, workgroupsFor } from './webgpu-program.js';

/** One step of an exponential moving average, e' = p + beta (e - p), of one parameter, in place. */
const EMA: WebgpuProgram = {
  name: 'emaUpdate',
  inputs: ['p', 'beta'],
  outputs: ['e'],
  numbers: { size: 'u32' },
  threads: UPDATE_THREADS,
  body: `
    let i = workgroup * THREADS + thread;
    if (i < uniforms.size) { e[i] = p[i] + beta[0] * (e[i] - p[i]); }`,
};

export const emaUpdateKernel: tf.KernelConfig = {
  kernelName: 'EmaUpdate',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs, backend: engine }) => {
    const backend = engine as WebgpuBackend;
    const named = inputs as Record<string, tf.TensorInfo>;
    const { count } = attrs as unknown as { count: number };
    return Array.from({ length: count }, (_, i) => {
      const e = placeToUpdate(backend, named[`e${i}`]!);
      const size = tf.util.sizeFromShape(e.shape);
      runProgram(backend, EMA, {
        tensors: { e, p: named[`p${i}`]!, beta: named.beta! },
        numbers: { size },
        workgroups: workgroupsFor(size, UPDATE_THREADS),
      });
      return e;
    });
  },
};
