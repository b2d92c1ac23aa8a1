import type * as tf from '@tensorflow/tfjs-core';
import type { GroupNormAttrs } from '../group-norm-attrs.js';
import { GROUP_DECLARATIONS, GROUP_MOMENTS, GROUP_NUMBERS, GROUP_THREADS, groupNormWork } from './group-norm-passes.js';
import { runProgram, type WebgpuBackend, type WebgpuProgram, workgroupsFor } from './webgpu-program.js';

/**
 * The gradient of x, and each image's part of the gradients of gamma and beta. With z the normalized x and a the gradient
 * before SiLU,
 *
 *   dx = (gamma a - mean(gamma a) - z mean(gamma a z)) / deviation,   dgamma = sum(a z),   dbeta = sum(a).
 */
const byGroup = (silu: boolean): WebgpuProgram => ({
  name: silu ? 'groupNormSiluGrad' : 'groupNormGrad',
  // An input that the code does not use must not be bound.
  inputs: ['dy', 'x', 'gamma', ...(silu ? ['beta'] : [])],
  outputs: ['dx', 'gammaParts', 'betaParts'],
  numbers: GROUP_NUMBERS,
  threads: GROUP_THREADS,
  declarations: `
    ${GROUP_DECLARATIONS}
    var<workgroup> products: array<f32, THREADS>;
    fn affineGradient(i: u32, z: f32, channel: u32) -> f32 {
      return dy[i]${silu ? ' * siluDerivative(z * gamma[channel] + beta[channel])' : ''};
    }`,
  body: `
    ${GROUP_MOMENTS}
    // The means over the group follow from its channels' sums, which are needed anyway.
    var gradientSum = 0.0;
    var productSum = 0.0;
    for (var block = 0u; block < size; block += width) {
      let c = block + column;
      var gradients = 0.0;
      var gradientsTimesZ = 0.0;
      if (c < size) {
        for (var pixel = firstPixel; pixel < uniforms.pixels; pixel += lanes) {
          let i = start + pixel * uniforms.channels + c;
          let z = (x[i] - mean) * reciprocalDeviation;
          let a = affineGradient(i, z, firstChannel + c);
          gradients += a;
          gradientsTimesZ += a * z;
        }
      }
      sums[thread] = gradients;
      products[thread] = gradientsTimesZ;
      workgroupBarrier();
      if (thread < width && c < size) {
        for (var lane = 1u; lane < lanes; lane++) {
          gradients += sums[lane * width + thread];
          gradientsTimesZ += products[lane * width + thread];
        }
        let part = image * uniforms.channels + firstChannel + c;
        betaParts[part] = gradients;
        gammaParts[part] = gradientsTimesZ;
        gradientSum += gamma[firstChannel + c] * gradients;
        productSum += gamma[firstChannel + c] * gradientsTimesZ;
      }
      workgroupBarrier();
    }
    let gradientMean = sumOverThreads(thread, gradientSum) / count;
    let productMean = sumOverThreads(thread, productSum) / count;
    for (var c = column; c < size; c += width) {
      for (var pixel = firstPixel; pixel < uniforms.pixels; pixel += lanes) {
        let i = start + pixel * uniforms.channels + c;
        let z = (x[i] - mean) * reciprocalDeviation;
        let a = affineGradient(i, z, firstChannel + c);
        dx[i] = reciprocalDeviation * (gamma[firstChannel + c] * a - gradientMean - z * productMean);
      }
    }`,
});

const OVER_IMAGES: WebgpuProgram = {
  name: 'groupNormGradOverImages',
  inputs: ['gammaParts', 'betaParts'],
  outputs: ['dgamma', 'dbeta'],
  numbers: { images: 'u32', channels: 'u32' },
  threads: GROUP_THREADS,
  body: `
    let c = workgroup * THREADS + thread;
    if (c < uniforms.channels) {
      var gammaSum = 0.0;
      var betaSum = 0.0;
      for (var image = 0u; image < uniforms.images; image++) {
        gammaSum += gammaParts[image * uniforms.channels + c];
        betaSum += betaParts[image * uniforms.channels + c];
      }
      dgamma[c] = gammaSum;
      dbeta[c] = betaSum;
    }`,
};

export const groupNormGradKernel: tf.KernelConfig = {
  kernelName: 'GroupNormGrad',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs: attributes, backend: engine }) => {
    const backend = engine as WebgpuBackend;
    const { dy, x, gamma, beta } = inputs as Record<'dy' | 'x' | 'gamma' | 'beta', tf.TensorInfo>;
    const attrs = attributes as unknown as GroupNormAttrs;
    const { images, channels, numbers, workgroups } = groupNormWork(x, gamma, beta, attrs);
    const dx = backend.makeTensorInfo(x.shape, 'float32');
    const [gammaParts, betaParts] = pair(backend, [images, channels]);
    const [dgamma, dbeta] = pair(backend, [channels]);
    const tensors = { dy, x, gamma, beta, dx, gammaParts, betaParts };
    runProgram(backend, byGroup(attrs.silu), { tensors, numbers, workgroups });
    runProgram(backend, OVER_IMAGES, {
      tensors: { gammaParts, betaParts, dgamma, dbeta },
      numbers: { images, channels },
      workgroups: workgroupsFor(channels, GROUP_THREADS),
    });
    for (const { dataId } of [gammaParts, betaParts]) backend.disposeData(dataId);
    return [dx, dgamma, dbeta];
  },
};

function pair(backend: WebgpuBackend, shape: number[]): [tf.TensorInfo, tf.TensorInfo] {
  return [backend.makeTensorInfo(shape, 'float32'), backend.makeTensorInfo(shape, 'float32')];
}
