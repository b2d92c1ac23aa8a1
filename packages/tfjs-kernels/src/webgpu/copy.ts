import * as tf from '@tensorflow/tfjs-core';
import { runProgram, type WebgpuBackend, type WebgpuProgram, workgroupsFor } from './webgpu-program.js';

const COPY: WebgpuProgram = {
  name: 'copy',
  inputs: ['x'],
  outputs: ['y'],
  numbers: { size: 'u32' },
  threads: 256,
  body: `
    let i = workgroup * THREADS + thread;
    if (i < uniforms.size) { y[i] = x[i]; }`,
};

/** Copies a float32 tensor on the device. In Node tfjs's engine cannot read values synchronously. */
export function copy(backend: WebgpuBackend, x: tf.TensorInfo): tf.TensorInfo {
  const y = backend.makeTensorInfo(x.shape, 'float32');
  const size = tf.util.sizeFromShape(x.shape);
  const workgroups = workgroupsFor(size, COPY.threads);
  runProgram(backend, COPY, { tensors: { x, y }, numbers: { size }, workgroups });
  return y;
}

export const copyKernel: tf.KernelConfig = {
  kernelName: 'Copy',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend }) => copy(backend as WebgpuBackend, inputs.x as tf.TensorInfo),
};
