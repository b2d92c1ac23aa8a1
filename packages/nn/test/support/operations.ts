import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '@onestep/random';
import {
  attention,
  bilinearResize,
  downsample2x,
  downsampleFiltered,
  dropout,
  filterChannels,
  groupNorm,
  leakyRelu,
  scaleChannels,
  silu,
  upsample2x,
  upsampleFiltered,
} from '../../src/index.js';
import { nanToNum } from '../../src/ops/nan-to-num.js';
import { MaskRng } from '@onestep/random';

/** An input of an operation: a shape, and how its values are drawn. */
export interface Input {
  shape: number[];
  draw: (rng: Rng, size: number) => Float32Array;
}

/** An operation to differentiate, away from its kinks and poles. */
export interface Operation {
  inputs: Input[];
  f: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** Engines whose forward pass cannot run it, and why. */
  notOn?: Record<string, string>;
}

const input = (draw: Input['draw']) => (...shape: number[]): Input => ({ shape, draw }); // prettier-ignore

/** Standard normal numbers. */
const any = input((rng, size) => rng.normal(size));
/** Between 0.5 and 2. */
const positive = input((rng, size) => Float32Array.from(rng.uniform(size, 0.5, 2)));
/** At least 0.3 away from 0, on both sides. */
const nonzero = input((rng, size) => rng.normal(size).map((v) => v + 0.3 * Math.sign(v)));
/** No two closer than 0.2, so that their order is the same nearby. */
const distinct = input((rng, size) => {
  const ranks = Array.from(rng.uniform(size), (key, i) => ({ key, i })).sort((a, b) => a.key - b.key);
  return Float32Array.from(ranks, ({ i }) => 0.25 * (i - (size - 1) / 2));
});

const unary = (f: (x: tf.Tensor) => tf.Tensor, draw = any): Operation => ({ inputs: [draw(2, 5)], f: (x) => f(x!) });
const binary = (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, draw = any): Operation => ({
  inputs: [draw(2, 5), draw(2, 5)],
  f: (a, b) => f(a!, b!),
});
/** Also of tensors that are broadcast to each other. */
const broadcast = (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Operation[] => [
  binary(f),
  { inputs: [any(2, 1, 5), any(3, 1)], f: (a, b) => f(a!, b!) },
];
type Images = tf.Tensor4D;
const images = (f: (x: Images) => tf.Tensor, draw = any): Operation => ({
  inputs: [draw(2, 4, 6, 3)],
  f: (x) => f(x as Images),
});
const convolution = (filter: number[], f: (x: Images, filter: Images) => tf.Tensor): Operation => ({
  inputs: [any(2, 5, 6, filter[2]!), any(...filter)],
  f: (x, w) => f(x as Images, w as Images),
});
const normalization = (silu: boolean): Operation => ({
  inputs: [any(2, 3, 3, 4), any(4), any(4)],
  f: (x, gamma, beta) =>
    groupNorm(x as Images, gamma as tf.Tensor1D, beta as tf.Tensor1D, { groups: 2, epsilon: 1e-2, silu }),
});
const taps = () => {
  const row = [0.1, 0.4, 0.3, 0.2];
  return tf.variable(tf.tensor(row.flatMap((a) => row.map((b) => a * b))));
};

/**
 * The operations that are differentiated, by the name in the source: of tfjs with `tf.`, of this package without. An
 * operation with options has several rows.
 */
export const OPERATIONS: Record<string, Operation | Operation[]> = {
  'tf.abs': unary(tf.abs, nonzero),
  'tf.add': broadcast(tf.add),
  'tf.addN': { inputs: [any(2, 3), any(2, 3), any(2, 3)], f: (...xs) => tf.addN(xs) },
  'tf.avgPool': [images((x) => tf.avgPool(x, 2, 2, 'valid')), images((x) => tf.avgPool(x, 3, 1, 'valid'))],
  'tf.cast': unary((x) => tf.cast(x, 'float32')),
  'tf.clipByValue': unary((x) => tf.clipByValue(x, -0.1, 0.1), nonzero),
  'tf.clone': unary(tf.clone),
  'tf.concat': { inputs: [any(2, 3), any(2, 1)], f: (a, b) => tf.concat([a!, b!], 1) },
  'tf.concat2d': {
    inputs: [any(2, 3), any(2, 1)],
    f: (a, b) => tf.concat2d([a as tf.Tensor2D, b as tf.Tensor2D], 1),
  },
  'tf.concat1d': { inputs: [any(2), any(3)], f: (a, b) => tf.concat1d([a as tf.Tensor1D, b as tf.Tensor1D]) },
  'tf.conv2d': [
    convolution([3, 3, 2, 3], (x, w) => tf.conv2d(x, w, 1, 'same')),
    convolution([3, 3, 2, 3], (x, w) => tf.conv2d(x, w, 2, 'same')),
    convolution([3, 2, 2, 3], (x, w) => tf.conv2d(x, w, 1, 'valid')),
    convolution([4, 4, 2, 3], (x, w) => tf.conv2d(x, w, 2, 1, 'NHWC', 1, 'floor')),
    convolution([4, 4, 2, 3], (x, w) => tf.conv2d(x, w, 4, 'valid')),
    convolution([1, 1, 4, 2], (x, w) => tf.conv2d(x, w, 1, 'valid')),
  ],
  'tf.conv2dTranspose': convolution([4, 4, 3, 2], (w, x) =>
    tf.conv2dTranspose(tf.slice(w, 0, [2, 5, 6, 2]), x, [2, 10, 12, 3], 2, 'same'),
  ),
  'tf.cos': unary(tf.cos),
  'tf.depthwiseConv2d': [
    convolution([3, 3, 3, 1], (x, w) => tf.depthwiseConv2d(x, w, 1, 'same')),
    convolution([2, 2, 2, 2], (x, w) => tf.depthwiseConv2d(x, w, 2, 'valid')),
  ],
  'tf.div': { inputs: [any(2, 1, 5), nonzero(3, 1)], f: (a, b) => tf.div(a!, b!) },
  'tf.elu': unary(tf.elu, nonzero),
  'tf.exp': unary(tf.exp),
  'tf.expandDims': unary((x) => tf.expandDims(x, 1)),
  'tf.fused.conv2d': [
    {
      inputs: [any(1, 4, 4, 2), any(3, 3, 2, 3), any(3)],
      f: (x, filter, bias) =>
        tf.fused.conv2d({
          x: x as Images,
          filter: filter as Images,
          bias: tf.mul(bias!, 4),
          strides: 1,
          pad: 'same',
          activation: 'linear',
        }),
    },
  ],
  'tf.gather': { inputs: [any(4, 2)], f: (x) => tf.gather(x!, tf.tensor1d([3, 0, 0, 1, 2], 'int32')) },
  'tf.image.resizeBilinear': [
    images((x) => tf.image.resizeBilinear(x, [7, 5])),
    images((x) => tf.image.resizeBilinear(x, [3, 9], true)),
    images((x) => tf.image.resizeBilinear(x, [7, 5], false, true)),
  ],
  'tf.image.resizeNearestNeighbor': [
    images((x) => tf.image.resizeNearestNeighbor(x, [8, 12])),
    images((x) => tf.image.resizeNearestNeighbor(x, [3, 9], false, true)),
  ],
  'tf.leakyRelu': unary((x) => tf.leakyRelu(x, 0.2), nonzero),
  'tf.log': unary(tf.log, positive),
  'tf.logSoftmax': unary(tf.logSoftmax),
  'tf.matMul': [
    { inputs: [any(3, 4), any(4, 2)], f: (a, b) => tf.matMul(a!, b!) },
    { inputs: [any(2, 4, 3), any(2, 5, 4)], f: (a, b) => tf.matMul(a!, b!, true, true) },
  ],
  'tf.max': unary((x) => tf.max(x, 1), distinct),
  'tf.maximum': binary((a, b) => tf.maximum(b, tf.add(a, b)), nonzero),
  'tf.maxPool': [
    images((x) => tf.maxPool(x, 2, 2, 'valid'), distinct),
    images((x) => tf.maxPool(x, 3, 2, 'same'), distinct),
  ],
  'tf.mean': unary((x) => tf.mean(x, 0)),
  'tf.minimum': binary((a, b) => tf.minimum(b, tf.add(a, b)), nonzero),
  'tf.moments': unary((x) => tf.stack([tf.moments(x, 1).mean, tf.moments(x, 1).variance])),
  'tf.mul': broadcast(tf.mul),
  'tf.neg': unary(tf.neg),
  'tf.norm': unary((x) => tf.norm(x, 2, 1)),
  'tf.pad': images((x) => tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]], 0.5)), // prettier-ignore
  'tf.pow': { inputs: [positive(2, 3), any(3)], f: (a, b) => tf.pow(a!, b!) },
  'tf.relu': unary(tf.relu, nonzero),
  'tf.reshape': unary((x) => tf.reshape(x, [5, 2])),
  'tf.reverse': unary((x) => tf.reverse(x, 1)),
  'tf.rsqrt': unary(tf.rsqrt, positive),
  'tf.sigmoid': unary(tf.sigmoid),
  'tf.sin': unary(tf.sin),
  'tf.slice': unary((x) => tf.slice(x, [0, 1], [2, 3])),
  'tf.softmax': [unary((x) => tf.softmax(x)), unary((x) => tf.mul(x, tf.softmax(x)))],
  'tf.softplus': unary(tf.softplus),
  'tf.split': unary((x) => tf.split(x, [2, 3], 1)[1]!),
  'tf.sqrt': unary(tf.sqrt, positive),
  'tf.square': unary(tf.square),
  'tf.squaredDifference': binary(tf.squaredDifference),
  'tf.squeeze': { inputs: [any(2, 1, 3)], f: (x) => tf.squeeze(x!, [1]) },
  'tf.stack': { inputs: [any(2, 3), any(2, 3)], f: (a, b) => tf.stack([a!, b!], 1) },
  'tf.sub': broadcast(tf.sub),
  'tf.sum': [unary((x) => tf.sum(x, 1)), images((x) => tf.sum(x, [1, 2]))],
  'tf.tanh': [unary(tf.tanh), unary((x) => tf.mul(x, tf.tanh(x)))],
  'tf.tile': [
    { inputs: [any(2, 1, 3)], f: (x) => tf.tile(x!, [1, 4, 2]) },
    {
      inputs: [any(2, 1, 3, 1, 2)],
      f: (x) => tf.tile(x!, [1, 2, 1, 2, 1]),
      notOn: { webgpu: 'tfjs reads tensors of rank 5 with a canvas' },
    },
  ],
  'tf.transpose': { inputs: [any(2, 3, 4)], f: (x) => tf.transpose(x!, [2, 0, 1]) },
  'tf.unstack': unary((x) => tf.unstack(x, 1)[3]!),
  'tf.where': binary((a, b) => tf.where(tf.greater(a, 0), tf.exp(b), tf.mul(a, b)), nonzero),
  attention: { inputs: [any(2, 4, 3), any(2, 4, 3), any(2, 4, 3)], f: attention as unknown as Operation['f'] },
  bilinearResize: images((x) => bilinearResize(x, 5)),
  downsample2x: images(downsample2x),
  downsampleFiltered: images((x) => downsampleFiltered(x, filter(), 1)),
  dropout: unary((x) => dropout(x, 0.4, new MaskRng([1, 2]))),
  filterChannels: [images((x) => filterChannels(x, filter(), 1)), images((x) => filterChannels(x, filter(), 2))],
  groupNorm: [normalization(false), normalization(true)],
  leakyRelu: [unary((x) => leakyRelu(x, 0.2), nonzero), unary((x) => leakyRelu(tf.mul(x, tf.exp(x)), 0.2), nonzero)],
  nanToNum: unary((x) => nanToNum(x, 1)),
  scaleChannels: {
    inputs: [any(2, 4, 6, 3), any(2, 3)],
    f: (x, s) => scaleChannels(x as Images, s as tf.Tensor2D),
  },
  silu: [unary(silu), images(silu)],
  upsample2x: images(upsample2x),
  upsampleFiltered: images((x) => upsampleFiltered(x, filter(), 1)),
};

let variable: tf.Variable | undefined;
/** The filter of the resampling, which has to outlive the gradients. */
const filter = () => (variable ??= taps());

/** What is not differentiated, and why. */
export const NOT_DIFFERENTIATED: Record<string, string> = {
  // Makes tensors.
  'tf.eye': 'constant',
  'tf.fill': 'constant',
  'tf.oneHot': 'constant',
  'tf.ones': 'constant',
  'tf.onesLike': 'constant',
  'tf.range': 'constant',
  'tf.scalar': 'constant',
  'tf.tensor': 'constant',
  'tf.tensor1d': 'constant',
  'tf.tensor2d': 'constant',
  'tf.tensor3d': 'constant',
  'tf.tensor4d': 'constant',
  'tf.variable': 'constant',
  'tf.zeros': 'constant',
  'tf.zerosLike': 'constant',
  // Piecewise constant.
  'tf.argMax': 'integers',
  'tf.argMin': 'integers',
  'tf.equal': 'booleans',
  'tf.floor': 'integers',
  'tf.greater': 'booleans',
  'tf.isFinite': 'booleans',
  'tf.isInf': 'booleans',
  'tf.isNaN': 'booleans',
  'tf.less': 'booleans',
  'tf.lessEqual': 'booleans',
  'tf.logicalAnd': 'booleans',
  'tf.logicalNot': 'booleans',
  // Has a gradient of its own where it is used, tested there.
  'tf.topk': 'a threshold of guidance, which is a constant',
  'tf.scatterND': 'the augmentation of stylegan2, as the gradient of a gather',
  // Differentiates what its function is composed of.
  'tf.valueAndGrad': 'no operation',
  // Updates and copies of values, outside of the function that is differentiated.
  adamUpdate: 'updates weights',
  copy: 'copies weights',
  emaUpdate: 'updates weights',
  // Have tests of their own, with the tolerances of half precision: half.test.ts.
  halfConv2d: 'half precision',
  halfMatMul: 'half precision',
  // Not operations.
  'tf.backend': 'engine',
  'tf.customGrad': 'engine',
  'tf.dispose': 'engine',
  'tf.engine': 'engine',
  'tf.env': 'engine',
  'tf.getBackend': 'engine',
  'tf.getGradient': 'engine',
  'tf.getKernel': 'engine',
  'tf.keep': 'engine',
  'tf.memory': 'engine',
  'tf.registerGradient': 'engine',
  'tf.registerKernel': 'engine',
  'tf.tidy': 'engine',
  dropoutMask: 'engine',
  flushEngine: 'engine',
  hasHalfPrecision: 'engine',
  runCompositeKernel: 'engine',
  runForwardKernelOr: 'engine',
  runGradientKernelOr: 'engine',
  runKernelOr: 'engine',
  siluDerivative: 'part of silu',
};
