import type * as tf from '@tensorflow/tfjs-core';
import {
  GROUP_DECLARATIONS,
  GROUP_MOMENTS,
  GROUP_NUMBERS,
  GROUP_THREADS,
  groupNormWork,
  type GroupNormAttributes,
} from './group-norm-passes.js';
import { runProgram, type WebgpuBackend, type WebgpuProgram } from './webgpu-program.js';

/** Group normalisation (Wu & He 2018), with SiLU behind it where asked for, in one dispatch. */
const program = (silu: boolean): WebgpuProgram => ({
  name: silu ? 'groupNormSilu' : 'groupNorm',
  inputs: ['x', 'gamma', 'beta'],
  outputs: ['y'],
  numbers: GROUP_NUMBERS,
  threads: GROUP_THREADS,
  declarations: GROUP_DECLARATIONS,
  body: `
    ${GROUP_MOMENTS}
    for (var c = column; c < size; c += width) {
      let scale = gamma[firstChannel + c];
      let shift = beta[firstChannel + c];
      for (var pixel = firstPixel; pixel < uniforms.pixels; pixel += lanes) {
        let i = start + pixel * uniforms.channels + c;
        let affine = (x[i] - mean) * reciprocalDeviation * scale + shift;
        y[i] = ${silu ? 'silu(affine)' : 'affine'};
      }
    }`,
});

export const groupNormKernel: tf.KernelConfig = {
  kernelName: 'GroupNorm',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { x, gamma, beta } = inputs as Record<'x' | 'gamma' | 'beta', tf.TensorInfo>;
    const attributes = attrs as unknown as GroupNormAttributes;
    const { numbers, workgroups } = groupNormWork(x, gamma, beta, attributes);
    const y = (backend as WebgpuBackend).makeTensorInfo(x.shape, 'float32');
    const tensors = { x, gamma, beta, y };
    runProgram(backend as WebgpuBackend, program(attributes.silu), { tensors, numbers, workgroups });
    return y;
  },
};
