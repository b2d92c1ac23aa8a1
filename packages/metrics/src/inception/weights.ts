import * as tf from '@tensorflow/tfjs-core';
import { toFloat32, type StateDict } from '@onestep/checkpoint';
import { fromFileLayout } from '@onestep/nn';
import { inceptionParts, type Layer, type MakeConv } from './architecture.js';

/** Number of class scores: the 1000 classes of ImageNet, and 8 more. */
export const INCEPTION_CLASSES = 1008;
const FEATURES = 2048;
/** Epsilon of TensorFlow's batch normalization. */
const EPSILON = 1e-3;

/**
 * Returns the names and shapes of the tensors in the public PyTorch files.
 *
 * @internal
 */
export function inceptionShapes(): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  inceptionParts((name, inChannels, outChannels, kernel) => {
    const [height, width] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
    shapes.set(`${name}.conv.weight`, [outChannels, inChannels, height, width]);
    for (const vector of ['weight', 'bias', 'running_mean', 'running_var']) {
      shapes.set(`${name}.bn.${vector}`, [outChannels]);
    }
    return (x) => x;
  });
  shapes.set('fc.weight', [INCEPTION_CLASSES, FEATURES]);
  shapes.set('fc.bias', [INCEPTION_CLASSES]);
  return shapes;
}

/** @throws naming the tensor that is missing, unexpected or of another shape */
export function assertInceptionWeights(weights: StateDict, source: string): void {
  const fail = (what: string) => {
    throw new Error(
      `${source} does not hold the weights of the FID Inception network (2015-12-05, ${INCEPTION_CLASSES} classes): ${what}. ` +
        "The files of pytorch-fid and torch-fidelity do; torchvision's Inception is another network.",
    );
  };
  const shapes = inceptionShapes();
  for (const [name, shape] of shapes) {
    const tensor = weights[name];
    if (tensor === undefined) return fail(`the tensor ${name} is missing`);
    if (tensor.shape.join() !== shape.join()) return fail(`${name} has shape [${tensor.shape}], not [${shape}]`);
  }
  const other = Object.keys(weights).find((name) => !shapes.has(name) && !name.endsWith('.num_batches_tracked'));
  if (other !== undefined) fail(`the tensor ${other} does not belong to it`);
}

/** Returns a maker of convolutions with the weights of a state dict, and the list of the tensors they own. */
export function foldConvs(weights: StateDict): { conv: MakeConv; tensors: tf.Tensor[] } {
  const tensors: tf.Tensor[] = [];
  const conv: MakeConv = (name, _in, _out, _kernel, { stride = 1, pad = 'same' } = {}): Layer => {
    const { kernel, bias } = foldBatchNorm(weights, name);
    tensors.push(kernel, bias);
    return (x) => tf.fused.conv2d({ x, filter: kernel, bias, strides: stride, pad, activation: 'relu' });
  };
  return { conv, tensors };
}

/**
 * Folds gamma (w * x - mean) / sqrt(variance + epsilon) + beta into one convolution with a bias, which saves two passes
 * over the activations.
 */
function foldBatchNorm(weights: StateDict, name: string): { kernel: tf.Tensor4D; bias: tf.Tensor1D } {
  const vector = (part: string) => toFloat32(weights[`${name}.bn.${part}`]!);
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(vector) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const scale = Float64Array.from(gamma, (value, i) => value / Math.sqrt(variance[i]! + EPSILON));
  const file = weights[`${name}.conv.weight`]!;
  const elements = toFloat32(file);
  const perOutput = elements.length / scale.length;
  const scaled = elements.map((value, i) => value * scale[Math.floor(i / perOutput)]!);
  const [outputs, inputs, height, width] = file.shape as [number, number, number, number];
  return {
    kernel: tf.tensor4d(fromFileLayout(scaled, file.shape, 'conv'), [height, width, inputs, outputs]),
    bias: tf.tensor1d(beta.map((value, i) => value - mean[i]! * scale[i]!)),
  };
}
