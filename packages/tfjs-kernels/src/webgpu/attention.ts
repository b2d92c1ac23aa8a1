import type * as tf from '@tensorflow/tfjs-core';
import {
  addTokens,
  ATTENTION_NUMBERS,
  attentionWork,
  BLOCK_POSITION,
  forOwnElements,
  rowStart,
  TILE_TOKENS,
  tiling,
  TOKEN_START,
} from './attention-tiles.js';
import { runProgram, type WebgpuBackend, type WebgpuProgram } from './webgpu-program.js';

/**
 * softmax(Q K' / sqrt(c)) V without the matrix of weights in memory. A block of queries iterates over the keys in tiles and
 * keeps the largest score and the sum of exponentials so far (Milakov & Gimelshein 2018, "Online normalizer calculation for
 * softmax"; Dao et al. 2022, "FlashAttention", Algorithm 1). The gradient needs the logarithm of the sum.
 */
function program(channels: number): WebgpuProgram {
  const { elementType, declarations } = tiling(channels);
  return {
    name: `attention ${channels}`,
    inputs: ['q', 'k', 'v'],
    outputs: ['y', 'logSums'],
    numbers: ATTENTION_NUMBERS,
    threads: TILE_TOKENS,
    elements: { q: elementType, k: elementType, v: elementType, y: elementType },
    declarations: `
      ${declarations}
      const LOWEST = -1e30;
      var<workgroup> weights: array<f32, ROWS * TOKENS>;
      var<workgroup> largest: array<f32, ROWS>;
      var<workgroup> weightSum: array<f32, ROWS>;
      var<workgroup> shrinkage: array<f32, ROWS>;`,
    body: `
      ${BLOCK_POSITION}
      var sums: Sums;
      if (thread < ROWS) {
        largest[thread] = LOWEST;
        weightSum[thread] = 0.0;
      }
      for (var base = 0u; base < uniforms.tokens; base += TOKENS) {
        var scores = array<Vec, ROWS>();
        for (var i = 0u; i < WIDTH; i++) {
          let key = k[${TOKEN_START} + i];
          for (var row = 0u; row < ROWS; row++) { scores[row] += key * q[${rowStart('row')} + i]; }
        }
        let isToken = base + thread < uniforms.tokens;
        for (var row = 0u; row < ROWS; row++) {
          weights[row * TOKENS + thread] = select(LOWEST, total(scores[row]) * uniforms.scale, isToken);
        }
        workgroupBarrier();
        if (thread < ROWS) {
          var top = largest[thread];
          for (var token = 0u; token < TOKENS; token++) { top = max(top, weights[thread * TOKENS + token]); }
          shrinkage[thread] = exp(largest[thread] - top);
          largest[thread] = top;
        }
        workgroupBarrier();
        for (var row = 0u; row < ROWS; row++) {
          weights[row * TOKENS + thread] = exp(weights[row * TOKENS + thread] - largest[row]);
        }
        workgroupBarrier();
        if (thread < ROWS) {
          weightSum[thread] *= shrinkage[thread];
          for (var token = 0u; token < TOKENS; token++) { weightSum[thread] += weights[thread * TOKENS + token]; }
        }
        ${forOwnElements('sums[at] *= shrinkage[row];')}
        ${addTokens('sums', 'weights', 'v')}
        workgroupBarrier();
      }
      ${forOwnElements(`if (first + row < uniforms.tokens) { y[${rowStart('row')} + column] = sums[at] / weightSum[row]; }`)}
      if (thread < ROWS && first + thread < uniforms.tokens) {
        logSums[image * uniforms.tokens + first + thread] = largest[thread] + log(weightSum[thread]);
      }`,
  };
}

export const attentionKernel: tf.KernelConfig = {
  kernelName: 'Attention',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend: engine }) => {
    const backend = engine as WebgpuBackend;
    const { q, k, v } = inputs as Record<'q' | 'k' | 'v', tf.TensorInfo>;
    const { channels, numbers, workgroups } = attentionWork(q, k, v);
    const y = backend.makeTensorInfo(q.shape, 'float32');
    const logSums = backend.makeTensorInfo(q.shape.slice(0, 2), 'float32');
    runProgram(backend, program(channels), { tensors: { q, k, v, y, logSums }, numbers, workgroups });
    return [y, logSums];
  },
};
