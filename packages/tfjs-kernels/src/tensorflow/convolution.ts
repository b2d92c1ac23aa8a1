import * as tf from '@tensorflow/tfjs-core';
import { replaceKernel } from '../replace-kernel.js';
import { type Padding, rewritePadding, type WindowAttrs } from './padding.js';

type Shape4D = [number, number, number, number];
type ConvolutionAttrs = WindowAttrs & {
  dataFormat?: 'NHWC' | 'NCHW';
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
  inputShape?: Shape4D;
  filterShape?: Shape4D;
};
type Inputs = Record<'x' | 'dy' | 'filter', tf.Tensor4D>;

/** Runs the engine's own kernel with other inputs or attributes. */
type RunOriginal = (inputs: Partial<Inputs>, attrs: ConvolutionAttrs & { pad: Padding }) => tf.Tensor4D;

/**
 * Lets convolutions and their gradients be padded by numbers of pixels. tfjs-node refuses that, or, for depthwise gradients,
 * passes padding that TensorFlow does not know.
 */
export function registerPaddedConvolutions(): void {
  for (const name of ['Conv2D', 'FusedConv2D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2D']) {
    register(name, (inputs, attrs, run) =>
      run(inputs, { ...attrs, pad: paddingOf(inputs.x.shape, inputs.filter.shape, attrs) }),
    );
  }
  for (const name of ['Conv2DBackpropInput', 'DepthwiseConv2dNativeBackpropInput']) register(name, inputGradient);
  for (const name of ['Conv2DBackpropFilter', 'DepthwiseConv2dNativeBackpropFilter']) register(name, filterGradient);
}

/** The gradient of the padded input, without its margin. */
function inputGradient(inputs: Inputs, attrs: ConvolutionAttrs, run: RunOriginal): tf.Tensor4D {
  const shape = attrs.inputShape!;
  const pad = paddingOf(shape, inputs.filter.shape, attrs);
  if (typeof pad === 'string') return run(inputs, { ...attrs, pad });
  const padded = shape.map((size, axis) => size + pad[axis]![0] + pad[axis]![1]) as Shape4D;
  const gradient = run(inputs, { ...attrs, pad: 'valid', inputShape: padded });
  return tf.slice(gradient, pad.map(([before]) => before) as Shape4D, shape);
}

/** The gradient of the filter that is applied to the padded input. */
function filterGradient(inputs: Inputs, attrs: ConvolutionAttrs, run: RunOriginal): tf.Tensor4D {
  const pad = paddingOf(inputs.x.shape, attrs.filterShape!, attrs);
  if (typeof pad === 'string') return run(inputs, { ...attrs, pad });
  return run({ ...inputs, x: tf.pad(inputs.x, pad) }, { ...attrs, pad: 'valid' });
}

function paddingOf(x: readonly number[], filter: readonly number[], attrs: ConvolutionAttrs) {
  return rewritePadding(x, [filter[0]!, filter[1]!], attrs);
}

function register(
  name: string,
  run: (inputs: Inputs, attrs: ConvolutionAttrs, original: RunOriginal) => tf.Tensor4D,
): void {
  replaceKernel(name, 'tensorflow', (original) => (args) => {
    const attrs = args.attrs as unknown as ConvolutionAttrs;
    const isRewritable = attrs.dataFormat !== 'NCHW' && (attrs.dimRoundingMode ?? 'floor') === 'floor';
    if (!isRewritable) return original(args);
    return tf.tidy(() =>
      run(
        args.inputs as Inputs,
        attrs,
        (inputs, attrs) =>
          original({
            ...args,
            inputs: inputs as tf.NamedTensorInfoMap,
            attrs: attrs as unknown as tf.NamedAttrMap,
          }) as tf.Tensor4D,
      ),
    );
  });
}
