import type * as tf from '@tensorflow/tfjs-core';
import type { GroupNormAttrs } from '../group-norm-attrs.js';
import { SILU_FUNCTIONS } from './silu.js';

/** One workgroup normalizes one group of one image. */
export const GROUP_THREADS = 128;

export const GROUP_NUMBERS = { pixels: 'u32', channels: 'u32', groups: 'u32', epsilon: 'f32' } as const;

/**
 * Computes the size of the work from x [N, H, W, C], gamma [C] and beta [C].
 *
 * @throws Error if the shapes do not match
 */
export function groupNormWork(x: tf.TensorInfo, gamma: tf.TensorInfo, beta: tf.TensorInfo, attrs: GroupNormAttrs) {
  const { groups, epsilon } = attrs;
  const [n, h, w, channels] = x.shape as [number, number, number, number];
  const perChannel = [gamma, beta].every(({ shape }) => shape.length === 1 && shape[0] === channels);
  if (x.shape.length !== 4 || !(groups >= 1) || channels % groups !== 0 || !perChannel) {
    throw new Error(
      `GroupNorm: x [${x.shape}] must be [N,H,W,C] with C divisible by the ${groups} groups, ` +
        `gamma [${gamma.shape}] and beta [${beta.shape}] be [C].`,
    );
  }
  return { images: n, channels, numbers: { pixels: h * w, channels, groups, epsilon }, workgroups: n * groups };
}

/**
 * Each thread handles one channel of the group and every `lanes`-th pixel; neighboring threads handle neighboring channels.
 * If a group has more channels than there are threads, each thread continues with another channel.
 */
export const GROUP_DECLARATIONS = `
  ${SILU_FUNCTIONS}
  var<workgroup> sums: array<f32, THREADS>;

  fn sumOverThreads(thread: u32, value: f32) -> f32 {
    sums[thread] = value;
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
      if (thread < half) { sums[thread] += sums[thread + half]; }
      workgroupBarrier();
    }
    let sum = sums[0];
    workgroupBarrier();
    return sum;
  }`;

/** Sets `mean` and `reciprocalDeviation`: first the mean, then the mean square of the distances from it. */
export const GROUP_MOMENTS = `
  let image = workgroup / uniforms.groups;
  let size = uniforms.channels / uniforms.groups;
  let firstChannel = (workgroup % uniforms.groups) * size;
  let width = min(size, THREADS);
  let lanes = THREADS / width;
  let column = thread % width;
  // A thread beyond the last full lane starts after the last pixel.
  let firstPixel = select(uniforms.pixels, thread / width, thread / width < lanes);
  let start = image * uniforms.pixels * uniforms.channels + firstChannel;
  let count = f32(uniforms.pixels * size);

  var sum = 0.0;
  for (var c = column; c < size; c += width) {
    for (var pixel = firstPixel; pixel < uniforms.pixels; pixel += lanes) {
      sum += x[start + pixel * uniforms.channels + c];
    }
  }
  let mean = sumOverThreads(thread, sum) / count;
  var squares = 0.0;
  for (var c = column; c < size; c += width) {
    for (var pixel = firstPixel; pixel < uniforms.pixels; pixel += lanes) {
      let distance = x[start + pixel * uniforms.channels + c] - mean;
      squares += distance * distance;
    }
  }
  let reciprocalDeviation = 1.0 / sqrt(sumOverThreads(thread, squares) / count + uniforms.epsilon);`;
