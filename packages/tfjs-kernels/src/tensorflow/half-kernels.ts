import * as tf from '@tensorflow/tfjs-core';
import { runHalf, type TensorflowBackend } from './half-runner.js';

type Inputs = Readonly<Record<'x' | 'dy' | 'filter' | 'a' | 'b', tf.TensorInfo>>;
type Attrs = Readonly<{
  pad: number;
  inputShape: number[];
  filterShape: number[];
  transposeA: boolean;
  transposeB: boolean;
}>;

const KERNELS: Record<string, (backend: TensorflowBackend, inputs: Inputs, attrs: Attrs) => tf.TensorInfo> = {
  HalfConv2D: (backend, { x, filter }, { pad }) => runHalf(backend, 'Conv2D', [x, filter], convolution(pad)),
  HalfConv2DBackpropInput: (backend, { dy, filter }, { inputShape, pad }) =>
    withShape(inputShape, (shape) => runHalf(backend, 'Conv2DBackpropInput', [shape, filter, dy], convolution(pad))),
  HalfConv2DBackpropFilter: (backend, { x, dy }, { filterShape, pad }) =>
    withShape(filterShape, (shape) => runHalf(backend, 'Conv2DBackpropFilter', [x, shape, dy], convolution(pad))),
  HalfBatchMatMul: (backend, { a, b }, { transposeA, transposeB }) =>
    runHalf(backend, 'BatchMatMulV2', [a, b], { adj_x: transposeA, adj_y: transposeB }),
};

/**
 * Registers the products of `@onestep/nn` in half precision. {@link registerTensorflowKernels} does so on a GPU, which sums
 * them in float32. On a CPU they are slower than in float32, and TensorFlow sums the gradient of a filter in half precision.
 * Calling it again has no effect.
 *
 * @throws Error if neither `@tensorflow/tfjs-node` nor `@tensorflow/tfjs-node-gpu` has been imported
 */
export function registerTensorflowHalfKernels(): void {
  if (tf.findBackend('tensorflow') === null) {
    throw new Error('There is no engine tensorflow: import @tensorflow/tfjs-node before registering kernels for it.');
  }
  for (const [kernelName, run] of Object.entries(KERNELS)) {
    if (tf.getKernel(kernelName, 'tensorflow') !== undefined) continue;
    tf.registerKernel({
      kernelName,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, attrs, backend }) =>
        run(backend as TensorflowBackend, inputs as unknown as Inputs, attrs as unknown as Attrs),
    });
  }
}

/** Attributes of a convolution of stride 1 over NHWC images with `pad` zeros on every side. */
function convolution(pad: number) {
  return {
    strides: [1, 1, 1, 1],
    dilations: [1, 1, 1, 1],
    padding: 'EXPLICIT',
    explicit_paddings: [0, 0, pad, pad, pad, pad, 0, 0],
    data_format: 'NHWC',
    use_cudnn_on_gpu: true,
  };
}

/** Passes a shape to an operation as a tensor. */
function withShape(shape: readonly number[], run: (shape: tf.TensorInfo) => tf.TensorInfo): tf.TensorInfo {
  const tensor = tf.tensor1d([...shape], 'int32');
  try {
    return run(tensor);
  } finally {
    tensor.dispose();
  }
}
