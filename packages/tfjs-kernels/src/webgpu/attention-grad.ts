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

type Named<T extends string> = Record<T, tf.TensorInfo>;

/**
 * The gradient of the queries (Dao et al. 2022, "FlashAttention", Algorithm 4). P are the weights, recomputed from the
 * logarithms of their sums, and dP = dY V' is their gradient. The gradient of the scores is dS = P (dP - rowsum(dY Y)), and
 * that of the queries is dS K / sqrt(c).
 */
function queryGradient(channels: number): WebgpuProgram {
  const { elementType, declarations } = tiling(channels);
  return {
    name: `attentionGradOfQueries ${channels}`,
    inputs: ['dy', 'q', 'k', 'v', 'y', 'logSums'],
    outputs: ['dq', 'rowSums'],
    numbers: ATTENTION_NUMBERS,
    threads: TILE_TOKENS,
    elements: Object.fromEntries(['dy', 'q', 'k', 'v', 'y', 'dq'].map((name) => [name, elementType])),
    declarations: `
      ${declarations}
      var<workgroup> scoreGradients: array<f32, ROWS * TOKENS>;
      var<workgroup> ownRowSums: array<f32, ROWS>;
      var<workgroup> ownLogSums: array<f32, ROWS>;`,
    body: `
      ${BLOCK_POSITION}
      if (thread < ROWS) {
        var sum = Vec();
        for (var i = 0u; i < WIDTH; i++) { sum += dy[${rowStart('thread')} + i] * y[${rowStart('thread')} + i]; }
        let row = image * uniforms.tokens + min(first + thread, uniforms.tokens - 1u);
        ownRowSums[thread] = total(sum);
        ownLogSums[thread] = logSums[row];
        if (first + thread < uniforms.tokens) { rowSums[row] = total(sum); }
      }
      workgroupBarrier();
      var sums: Sums;
      for (var base = 0u; base < uniforms.tokens; base += TOKENS) {
        var scores = array<Vec, ROWS>();
        var products = array<Vec, ROWS>();
        for (var i = 0u; i < WIDTH; i++) {
          let key = k[${TOKEN_START} + i];
          let value = v[${TOKEN_START} + i];
          for (var row = 0u; row < ROWS; row++) {
            scores[row] += key * q[${rowStart('row')} + i];
            products[row] += value * dy[${rowStart('row')} + i];
          }
        }
        for (var row = 0u; row < ROWS; row++) {
          let weight = exp(total(scores[row]) * uniforms.scale - ownLogSums[row]);
          scoreGradients[row * TOKENS + thread] = weight * (total(products[row]) - ownRowSums[row]) * uniforms.scale;
        }
        workgroupBarrier();
        ${addTokens('sums', 'scoreGradients', 'k')}
        workgroupBarrier();
      }
      ${forOwnElements(`if (first + row < uniforms.tokens) { dq[${rowStart('row')} + column] = sums[at]; }`)}`,
  };
}

/** The gradients of the keys, dS' Q / sqrt(c), and of the values, P' dY. Each block of keys iterates over the queries. */
function keyAndValueGradients(channels: number): WebgpuProgram {
  const { elementType, declarations } = tiling(channels);
  return {
    name: `attentionGradOfKeysAndValues ${channels}`,
    inputs: ['dy', 'q', 'k', 'v', 'logSums', 'rowSums'],
    outputs: ['dk', 'dv'],
    numbers: ATTENTION_NUMBERS,
    threads: TILE_TOKENS,
    elements: Object.fromEntries(['dy', 'q', 'k', 'v', 'dk', 'dv'].map((name) => [name, elementType])),
    declarations: `
      ${declarations}
      var<workgroup> weights: array<f32, ROWS * TOKENS>;
      var<workgroup> scoreGradients: array<f32, ROWS * TOKENS>;`,
    body: `
      ${BLOCK_POSITION}
      var keySums: Sums;
      var valueSums: Sums;
      for (var base = 0u; base < uniforms.tokens; base += TOKENS) {
        var scores = array<Vec, ROWS>();
        var products = array<Vec, ROWS>();
        for (var i = 0u; i < WIDTH; i++) {
          let query = q[${TOKEN_START} + i];
          let gradient = dy[${TOKEN_START} + i];
          for (var row = 0u; row < ROWS; row++) {
            scores[row] += query * k[${rowStart('row')} + i];
            products[row] += gradient * v[${rowStart('row')} + i];
          }
        }
        let token = image * uniforms.tokens + min(base + thread, uniforms.tokens - 1u);
        for (var row = 0u; row < ROWS; row++) {
          let weight = exp(total(scores[row]) * uniforms.scale - logSums[token]);
          weights[row * TOKENS + thread] = weight;
          scoreGradients[row * TOKENS + thread] = weight * (total(products[row]) - rowSums[token]) * uniforms.scale;
        }
        workgroupBarrier();
        ${addTokens('keySums', 'scoreGradients', 'q')}
        ${addTokens('valueSums', 'weights', 'dy')}
        workgroupBarrier();
      }
      ${forOwnElements(`
        if (first + row < uniforms.tokens) {
          dk[${rowStart('row')} + column] = keySums[at];
          dv[${rowStart('row')} + column] = valueSums[at];
        }`)}`,
  };
}

export const attentionGradKernel: tf.KernelConfig = {
  kernelName: 'AttentionGrad',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend: engine }) => {
    const backend = engine as WebgpuBackend;
    const { dy, q, k, v, y, logSums } = inputs as Named<'dy' | 'q' | 'k' | 'v' | 'y' | 'logSums'>;
    const { channels, numbers, workgroups } = attentionWork(q, k, v);
    const rowSums = backend.makeTensorInfo(logSums.shape, 'float32');
    const [dq, dk, dv] = [q, k, v].map(({ shape }) => backend.makeTensorInfo(shape, 'float32')) as [
      tf.TensorInfo,
      tf.TensorInfo,
      tf.TensorInfo,
    ];
    const given = { dy, q, k, v, logSums, rowSums };
    runProgram(backend, queryGradient(channels), { tensors: { ...given, y, dq }, numbers, workgroups });
    runProgram(backend, keyAndValueGradients(channels), { tensors: { ...given, dk, dv }, numbers, workgroups });
    backend.disposeData(rowSums.dataId);
    return [dq, dk, dv];
  },
};
