import * as tf from '@tensorflow/tfjs-core';
import { runProgram, type WebgpuBackend, type WebgpuProgram, workgroupsFor } from './webgpu-program.js';

const THREADS = 128;

/** SiLU and its derivative s (1 + x (1 - s)), s = sigmoid(x). Neither overflows for any x. */
export const SILU_FUNCTIONS = `
  fn sigmoid(x: f32) -> f32 {
    let e = exp(-abs(x));
    return select(e, 1.0, x >= 0.0) / (1.0 + e);
  }
  fn silu(x: f32) -> f32 { return x * sigmoid(x); }
  fn siluDerivative(x: f32) -> f32 {
    let s = sigmoid(x);
    return s * (1.0 + x * (1.0 - s));
  }`;

const elementwise = { numbers: { size: 'u32' }, threads: THREADS, declarations: SILU_FUNCTIONS } as const;

const SILU: WebgpuProgram = {
  ...elementwise,
  name: 'silu',
  inputs: ['x'],
  outputs: ['y'],
  body: `
    let i = workgroup * THREADS + thread;
    if (i < uniforms.size) { y[i] = silu(x[i]); }`,
};

const SILU_GRAD: WebgpuProgram = {
  ...elementwise,
  name: 'siluGrad',
  inputs: ['dy', 'x'],
  outputs: ['dx'],
  body: `
    let i = workgroup * THREADS + thread;
    if (i < uniforms.size) { dx[i] = dy[i] * siluDerivative(x[i]); }`,
};

export const siluKernel: tf.KernelConfig = {
  kernelName: 'Silu',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend }) => run(backend as WebgpuBackend, SILU, 'y', inputs),
};

export const siluGradKernel: tf.KernelConfig = {
  kernelName: 'SiluGrad',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend }) => run(backend as WebgpuBackend, SILU_GRAD, 'dx', inputs),
};

function run(
  backend: WebgpuBackend,
  program: WebgpuProgram,
  output: string,
  inputs: tf.NamedTensorInfoMap,
): tf.TensorInfo {
  const { shape } = inputs.x!;
  const result = backend.makeTensorInfo(shape, 'float32');
  const size = tf.util.sizeFromShape(shape);
  runProgram(backend, program, {
    tensors: { ...(inputs as Record<string, tf.TensorInfo>), [output]: result },
    numbers: { size },
    workgroups: workgroupsFor(size, THREADS),
  });
  return result;
}
