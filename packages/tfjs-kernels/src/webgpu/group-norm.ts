import type * as tf from '@tensorflow/tfjs-core';
import type { GroupNormAttrs } from '../group-norm-attrs.js';
import { GROUP_DECLARATIONS, GROUP_MOMENTS, GROUP_NUMBERS, GROUP_THREADS, groupNormWork } from './group-norm-passes.js';
import { runProgram, type WebgpuBackend, type WebgpuProgram } from './webgpu-program.js';

/** Group normalization (Wu & He 2018), optionally followed by SiLU, in one dispatch. */
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
  kernelFunc: ({ inputs, attrs: attributes, backend }) => {
    const { x, gamma, beta } = inputs as Record<'x' | 'gamma' | 'beta', tf.TensorInfo>;
    const attrs = attributes as unknown as GroupNormAttrs;
    const { numbers, workgroups } = groupNormWork(x, gamma, beta, attrs);
    const y = (backend as WebgpuBackend).makeTensorInfo(x.shape, 'float32');
    const tensors = { x, gamma, beta, y };
    runProgram(backend as WebgpuBackend, program(attrs.silu), { tensors, numbers, workgroups });
    return y;
  },
};
