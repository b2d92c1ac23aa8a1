import * as tf from '@tensorflow/tfjs-core';
import { replaceKernel } from '../replace-kernel.js';
import { rewritePadding, type ExplicitPadding, type Padding, type WindowAttrs } from './padding.js';

type Shape4D = [number, number, number, number];
type PoolAttrs = WindowAttrs & { filterSize: [number, number] | number; dimRoundingMode?: 'floor' | 'round' | 'ceil' };
type Inputs = Record<'x' | 'dy' | 'input' | 'output', tf.Tensor4D>;

/** Runs the engine's own kernel with other inputs or attributes. */
type RunOriginal = (inputs: Partial<Inputs>, attrs: PoolAttrs & { pad: Padding }) => tf.Tensor4D;

/** Lets pooling and its gradients be padded by numbers of pixels, which tfjs-node refuses. Padding never wins, nor counts. */
export function registerPaddedPooling(): void {
  register('MaxPool', ({ x }, attrs, pad, run) => run({ x: tf.pad(x, pad, -Infinity) }, attrs));
  register('AvgPool', ({ x }, attrs, pad, run) =>
    tf.div<tf.Tensor4D>(run({ x: tf.pad(x, pad) }, attrs), insideShare(x, attrs, pad)),
  );
  register('MaxPoolGrad', ({ dy, input, output }, attrs, pad, run) =>
    cropTo(input.shape, pad, run({ dy, input: tf.pad(input, pad, -Infinity), output }, attrs)),
  );
  register('AvgPoolGrad', ({ dy, input }, attrs, pad, run) =>
    cropTo(
      input.shape,
      pad,
      run({ dy: tf.div<tf.Tensor4D>(dy, insideShare(input, attrs, pad)), input: tf.pad(input, pad) }, attrs),
    ),
  );
}

/** The share of each window that lies inside the image x. */
function insideShare(x: tf.Tensor4D, { filterSize, strides }: PoolAttrs, pad: ExplicitPadding): tf.Tensor4D {
  return tf.avgPool(tf.pad(tf.onesLike(x), pad), filterSize, strides, 'valid');
}

function cropTo(shape: Shape4D, pad: ExplicitPadding, x: tf.Tensor4D): tf.Tensor4D {
  return tf.slice(x, pad.map(([before]) => before) as Shape4D, shape);
}

function register(
  name: string,
  run: (inputs: Inputs, attrs: PoolAttrs, pad: ExplicitPadding, original: RunOriginal) => tf.Tensor4D,
): void {
  replaceKernel(name, 'tensorflow', (original) => (args) => {
    const attrs = args.attrs as unknown as PoolAttrs;
    if ((attrs.dimRoundingMode ?? 'floor') !== 'floor') return original(args);
    const inputs = args.inputs as Inputs;
    const { filterSize } = attrs;
    const window = typeof filterSize === 'number' ? ([filterSize, filterSize] as const) : filterSize;
    const pad = rewritePadding((inputs.x ?? inputs.input).shape, window, attrs);
    const runOriginal: RunOriginal = (inputs, attrs) =>
      original({ ...args, inputs, attrs: attrs as unknown as tf.NamedAttrMap }) as tf.Tensor4D;
    if (typeof pad === 'string') return runOriginal(inputs, { ...attrs, pad });
    return tf.tidy(() => run(inputs, { ...attrs, pad: 'valid' }, pad, runOriginal));
  });
}
