import { fileURLToPath } from 'node:url';
import { startBackend } from '@onestep/backends';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { networks } from '../../../parity/checks/networks.js';
import { beyondTolerance } from '../../../parity/check.js';
import { checkFile } from '../../../parity/run-check.js';

type Inputs = Record<string, { shape: number[]; phase: number }>;
interface Case {
  kernel: string;
  inputs: Inputs;
  attrs: object;
}

const convolution = (
  x: [number, number, number, number],
  filterShape: [number, number, number, number],
  strides: [number, number],
  pad: number | 'same' | 'valid',
): Case[] => {
  const { outShape } = tf.backend_util.computeConv2DInfo(x, filterShape, strides, 1, pad);
  const dy = { shape: outShape, phase: 1 };
  const attrs = { strides, pad, dataFormat: 'NHWC' };
  return [
    { kernel: 'Conv2DBackpropFilter', inputs: { x: { shape: x, phase: 0 }, dy }, attrs: { ...attrs, filterShape } },
    {
      kernel: 'Conv2DBackpropInput',
      inputs: { dy, filter: { shape: filterShape, phase: 2 } },
      attrs: { ...attrs, inputShape: x },
    },
  ];
};

const CONVOLUTIONS = [
  ...convolution([2, 7, 6, 3], [3, 3, 3, 5], [1, 1], 'same'),
  ...convolution([2, 7, 6, 3], [3, 3, 3, 5], [2, 2], 'same'),
  ...convolution([2, 7, 6, 3], [3, 3, 3, 5], [2, 1], 'valid'),
  ...convolution([2, 7, 6, 3], [3, 3, 3, 5], [3, 2], 'valid'),
  ...convolution([2, 7, 6, 3], [3, 3, 3, 5], [1, 1], 3),
  ...convolution([3, 5, 4, 6], [1, 1, 6, 2], [1, 1], 'valid'),
  ...convolution([3, 5, 4, 6], [1, 1, 6, 2], [2, 2], 'same'),
  ...convolution([1, 6, 9, 2], [2, 4, 2, 3], [1, 1], 'same'),
];

const matmul = (a: number[], b: number[], transposeA: boolean, transposeB: boolean): Case => ({
  kernel: 'BatchMatMul',
  inputs: { a: { shape: a, phase: 0 }, b: { shape: b, phase: 1 } },
  attrs: { transposeA, transposeB },
});

const sum = (shape: number[], axis: number[], keepDims: boolean): Case => ({
  kernel: 'Sum',
  inputs: { x: { shape, phase: 0 } },
  attrs: { axis, keepDims },
});

const depthwise = (
  x: [number, number, number, number],
  filterShape: [number, number, number, number],
  strides: [number, number],
  pad: number | 'same' | 'valid',
): Case[] => {
  const { outShape } = tf.backend_util.computeConv2DInfo(x, filterShape, strides, 1, pad, undefined, true);
  const dy = { shape: outShape, phase: 1 };
  const attrs = { strides, pad, dilations: [1, 1] };
  return [
    {
      kernel: 'DepthwiseConv2dNativeBackpropFilter',
      inputs: { x: { shape: x, phase: 0 }, dy },
      attrs: { ...attrs, filterShape },
    },
    {
      kernel: 'DepthwiseConv2dNativeBackpropInput',
      inputs: { dy, filter: { shape: filterShape, phase: 2 } },
      attrs: { ...attrs, inputShape: x },
    },
  ];
};

const maxPool = (x: [number, number, number, number], size: number, strides: number, pad: 'same' | 'valid'): Case => {
  const output = { shape: tf.backend_util.computePool2DInfo(x, size, strides, 1, pad).outShape, phase: 1 };
  return {
    kernel: 'MaxPoolGrad',
    inputs: { dy: output, input: { shape: x, phase: 0 }, output },
    attrs: { filterSize: size, strides, pad },
  };
};

const OTHERS = [
  ...depthwise([2, 7, 6, 3], [3, 3, 3, 1], [1, 1], 'same'),
  ...depthwise([2, 7, 6, 3], [3, 3, 3, 2], [2, 2], 'same'),
  ...depthwise([2, 7, 6, 3], [4, 2, 3, 1], [2, 2], 'valid'),
  ...depthwise([2, 9, 8, 3], [2, 2, 3, 2], [3, 3], 'valid'),
  ...depthwise([2, 7, 6, 3], [3, 3, 3, 1], [1, 1], 3),
  maxPool([2, 6, 4, 3], 2, 2, 'valid'),
  maxPool([2, 7, 6, 3], 3, 2, 'same'),
  maxPool([2, 7, 6, 3], 3, 2, 'valid'),
  matmul([7, 4], [7, 5], true, false),
  matmul([1, 4, 7], [1, 5, 7], false, true),
  matmul([3, 7, 4], [3, 5, 7], true, true),
  matmul([3, 4, 7], [1, 5, 7], false, true),
  sum([2, 5, 4, 3], [0, 1, 2], false),
  sum([2, 5, 4, 3], [2, -3], true),
  sum([2, 5, 4, 3], [0, 1, 2], true),
  sum([2, 5, 4, 3], [3], false),
  sum([3, 1, 1, 2], [0, 1, 2], false),
  sum([2, 5, 4], [1, 2], false),
];

/** Runs every case on the current engine. */
function runCases(cases: readonly Case[]) {
  return cases.map(({ kernel, inputs, attrs }) =>
    tf.tidy(() => {
      const tensors = Object.entries(inputs).map(([name, { shape, phase }]) => {
        const values = Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(1.3 * i + phase));
        return [name, tf.tensor(values, shape)];
      });
      const result = tf.engine().runKernel(kernel, Object.fromEntries(tensors), { ...attrs }) as tf.Tensor;
      return { shape: result.shape, values: [...result.dataSync()] };
    }),
  );
}

let plain: ReturnType<typeof runCases>;
let plainConvolutions: ReturnType<typeof runCases>;

beforeAll(async () => {
  // Before this package's kernels replace the engine's own.
  await tf.setBackend('cpu');
  [plainConvolutions, plain] = [runCases(CONVOLUTIONS), runCases(OTHERS)];
});

function expectSame(
  actual: ReturnType<typeof runCases>,
  expected: ReturnType<typeof runCases>,
  cases: readonly Case[],
) {
  actual.forEach(({ shape, values }, i) => {
    const title = JSON.stringify(cases[i]);
    expect(shape, title).toEqual(expected[i]!.shape);
    const error = Math.max(...values.map((value, k) => Math.abs(value - expected[i]!.values[k]!)));
    expect(error, title).toBeLessThan(2e-5);
  });
}

it("cpu: the filter gradient agrees with the engine's own kernel", async () => {
  await startBackend('cpu');
  expectSame(runCases(CONVOLUTIONS), plainConvolutions, CONVOLUTIONS);
});

describe('wasm', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  it("the kernels compute the same as the cpu engine's own, and leak no tensors", () => {
    const before = tf.memory().numTensors;
    expectSame(runCases(CONVOLUTIONS), plainConvolutions, CONVOLUTIONS);
    expectSame(runCases(OTHERS), plain, OTHERS);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(['residual-skip-fourier', 'adm-heads'])(
    '%s: outputs and gradients agree with the reference within tolerance',
    async (name) => {
      const file = new URL(`../../edm/test/data/networks/${name}.safetensors`, import.meta.url);
      const comparisons = await checkFile(networks, fileURLToPath(file));
      expect(comparisons.length).toBeGreaterThan(20);
      expect(beyondTolerance(comparisons)).toEqual([]);
    },
  );
});
