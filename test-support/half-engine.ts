import { registerTensorflowHalfKernels } from '@onestep/tfjs-kernels';
import { hasHalfPrecision } from '@onestep/nn';
import * as tf from '@tensorflow/tfjs-core';
import { startTestBackend, TEST_BACKEND } from './backend.js';

/** What half precision is computed with in a test. */
export type HalfEngine = 'the engine' | 'TensorFlow on a CPU' | 'float32 operations on rounded numbers';

/**
 * Starts the backend of the tests with half precision: its own if it has it, TensorFlow's kernels if it is TensorFlow
 * without a GPU, and else kernels that round operands and results to half precision and compute in float32.
 */
export async function startHalfEngine(): Promise<HalfEngine> {
  await startTestBackend();
  if (hasHalfPrecision()) return 'the engine';
  if (TEST_BACKEND === 'tensorflow') {
    registerTensorflowHalfKernels();
    return 'TensorFlow on a CPU';
  }
  const backendName = tf.getBackend();
  for (const [kernelName, compute] of Object.entries(KERNELS)) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) =>
        tf.tidy(() => {
          const operands = Object.entries(inputs as tf.NamedTensorMap).map(([name, x]) => [name, toHalf(x)]);
          return toHalf(compute(Object.fromEntries(operands), attrs as never));
        }),
    });
  }
  return 'float32 operations on rounded numbers';
}

/** Removes the kernels in half precision, which only the tests of half precision may use. */
export function stopHalfEngine(): void {
  const backend = tf.getBackend();
  for (const { kernelName } of tf.getKernelsForBackend(backend)) {
    if (kernelName.startsWith('Half')) tf.unregisterKernel(kernelName, backend);
  }
}

/** The nearest half-precision numbers (IEEE 754 binary16), as float32. */
export function toHalf(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    // Veltkamp's splitting: the upper 11 of 24 bits.
    const scaled = tf.mul(x, 2 ** 13 + 1);
    const normal = tf.sub(scaled, tf.sub(scaled, x));
    // Below the smallest normal number, 2^-14, multiples of 2^-24.
    const subnormal = tf.sub(tf.add(x, 0.75), 0.75);
    const rounded = tf.where(tf.less(tf.abs(x), 2 ** -14), subnormal, normal);
    return tf.where(tf.less(tf.abs(x), 65520), rounded, tf.mul(x, Infinity));
  });
}

type Compute = (
  inputs: tf.NamedTensorMap,
  attrs: {
    pad: number;
    inputShape: [number, number, number, number];
    filterShape: [number, number, number, number];
    transposeA: boolean;
    transposeB: boolean;
  },
) => tf.Tensor;

const KERNELS: Record<string, Compute> = {
  HalfConv2D: ({ x, filter }, { pad }) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, pad),
  HalfConv2DBackpropInput: ({ dy, filter }, { inputShape, pad }) =>
    run('Conv2DBackpropInput', { dy: dy!, filter: filter! }, { ...STRIDE_1, inputShape, pad }),
  HalfConv2DBackpropFilter: ({ x, dy }, { filterShape, pad }) =>
    run('Conv2DBackpropFilter', { x: x!, dy: dy! }, { ...STRIDE_1, filterShape, pad }),
  HalfBatchMatMul: ({ a, b }, { transposeA, transposeB }) => tf.matMul(a!, b!, transposeA, transposeB),
};

const STRIDE_1 = { strides: [1, 1], dataFormat: 'NHWC' };

function run(name: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap): tf.Tensor {
  return tf.engine().runKernel(name, inputs, attrs);
}
