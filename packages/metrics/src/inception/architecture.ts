import * as tf from '@tensorflow/tfjs-core';

/** Maps [N, H, W, C] to [N, H', W', C']. */
export type Layer = (x: tf.Tensor4D) => tf.Tensor4D;

/**
 * Makes a convolution followed by batch normalization and ReLU.
 *
 * @param kernel height and width
 */
export type MakeConv = (
  name: string,
  inChannels: number,
  outChannels: number,
  kernel: number | readonly [number, number],
  options?: ConvOptions,
) => Layer;

/** Stride and padding of a convolution. */
export interface ConvOptions {
  stride?: 1 | 2;
  /** `same` keeps the size at stride 1. */
  pad?: 'same' | 'valid';
}

/**
 * The parts of the network, in order. The features of a part are the averages over its last activations, as many as its
 * name says; `6c` has none. `spatial` is a branch that starts after `6c`.
 */
export interface InceptionParts {
  64: Layer;
  192: Layer;
  '6c': Layer;
  spatial: Layer;
  768: Layer;
  2048: Layer;
}

/** Channels of the activations used as spatial features. */
const SPATIAL_CHANNELS = 7;

const VALID = { pad: 'valid' } as const;
const HALVE = { stride: 2, pad: 'valid' } as const;

const maxPoolHalve: Layer = (x) => tf.maxPool(x, 3, 2, 'valid');
/** Averages over real pixels only, as in TensorFlow: padding is not counted. */
const avgPool: Layer = (x) => tf.avgPool(x, 3, 1, 'same');
const maxPoolSame: Layer = (x) => tf.maxPool(x, 3, 1, 'same');

const sequential =
  (...layers: Layer[]): Layer =>
  (x) =>
    layers.reduce((y, layer) => layer(y), x);

const concatBranches =
  (...branches: Layer[]): Layer =>
  (x) =>
    tf.concat(
      branches.map((branch) => branch(x)),
      3,
    );

/**
 * Builds Inception-v3 (Szegedy et al. 2016) in the version of TensorFlow's graph of 5 December 2015, with which FID was
 * defined: average pooling excludes padding, and the last block uses max pooling. Names are those of the public PyTorch
 * files.
 *
 * @param conv makes a convolution of a given name
 */
export function inceptionParts(conv: MakeConv): InceptionParts {
  return {
    64: sequential(
      conv('Conv2d_1a_3x3', 3, 32, 3, HALVE),
      conv('Conv2d_2a_3x3', 32, 32, 3, VALID),
      conv('Conv2d_2b_3x3', 32, 64, 3),
      maxPoolHalve,
    ),
    192: sequential(conv('Conv2d_3b_1x1', 64, 80, 1), conv('Conv2d_4a_3x3', 80, 192, 3, VALID), maxPoolHalve),
    '6c': sequential(
      mixed5(conv, 'Mixed_5b', 192, 32),
      mixed5(conv, 'Mixed_5c', 256, 64),
      mixed5(conv, 'Mixed_5d', 288, 64),
      mixed6a(conv, 'Mixed_6a'),
      mixed6(conv, 'Mixed_6b', 128),
      mixed6(conv, 'Mixed_6c', 160),
    ),
    // TensorFlow's mixed_6/conv: the first branch of Mixed_6d.
    spatial: sequential(conv('Mixed_6d.branch1x1', 768, 192, 1), (x) =>
      tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, SPATIAL_CHANNELS]),
    ),
    768: sequential(mixed6(conv, 'Mixed_6d', 160), mixed6(conv, 'Mixed_6e', 192)),
    2048: sequential(
      mixed7a(conv, 'Mixed_7a'),
      mixed7(conv, 'Mixed_7b', 1280, avgPool),
      mixed7(conv, 'Mixed_7c', 2048, maxPoolSame),
    ),
  };
}

/** 35x35 */
function mixed5(conv: MakeConv, name: string, channels: number, poolChannels: number): Layer {
  return concatBranches(
    conv(`${name}.branch1x1`, channels, 64, 1),
    sequential(conv(`${name}.branch5x5_1`, channels, 48, 1), conv(`${name}.branch5x5_2`, 48, 64, 5)),
    sequential(
      conv(`${name}.branch3x3dbl_1`, channels, 64, 1),
      conv(`${name}.branch3x3dbl_2`, 64, 96, 3),
      conv(`${name}.branch3x3dbl_3`, 96, 96, 3),
    ),
    sequential(avgPool, conv(`${name}.branch_pool`, channels, poolChannels, 1)),
  );
}

/** 35x35 to 17x17 */
function mixed6a(conv: MakeConv, name: string): Layer {
  return concatBranches(
    conv(`${name}.branch3x3`, 288, 384, 3, HALVE),
    sequential(
      conv(`${name}.branch3x3dbl_1`, 288, 64, 1),
      conv(`${name}.branch3x3dbl_2`, 64, 96, 3),
      conv(`${name}.branch3x3dbl_3`, 96, 96, 3, HALVE),
    ),
    maxPoolHalve,
  );
}

/**
 * 17x17.
 *
 * @param inner channels between the 7x1 and 1x7 convolutions
 */
function mixed6(conv: MakeConv, name: string, inner: number): Layer {
  return concatBranches(
    conv(`${name}.branch1x1`, 768, 192, 1),
    sequential(
      conv(`${name}.branch7x7_1`, 768, inner, 1),
      conv(`${name}.branch7x7_2`, inner, inner, [1, 7]),
      conv(`${name}.branch7x7_3`, inner, 192, [7, 1]),
    ),
    sequential(
      conv(`${name}.branch7x7dbl_1`, 768, inner, 1),
      conv(`${name}.branch7x7dbl_2`, inner, inner, [7, 1]),
      conv(`${name}.branch7x7dbl_3`, inner, inner, [1, 7]),
      conv(`${name}.branch7x7dbl_4`, inner, inner, [7, 1]),
      conv(`${name}.branch7x7dbl_5`, inner, 192, [1, 7]),
    ),
    sequential(avgPool, conv(`${name}.branch_pool`, 768, 192, 1)),
  );
}

/** 17x17 to 8x8 */
function mixed7a(conv: MakeConv, name: string): Layer {
  return concatBranches(
    sequential(conv(`${name}.branch3x3_1`, 768, 192, 1), conv(`${name}.branch3x3_2`, 192, 320, 3, HALVE)),
    sequential(
      conv(`${name}.branch7x7x3_1`, 768, 192, 1),
      conv(`${name}.branch7x7x3_2`, 192, 192, [1, 7]),
      conv(`${name}.branch7x7x3_3`, 192, 192, [7, 1]),
      conv(`${name}.branch7x7x3_4`, 192, 192, 3, HALVE),
    ),
    maxPoolHalve,
  );
}

/** 8x8 */
function mixed7(conv: MakeConv, name: string, channels: number, pool: Layer): Layer {
  return concatBranches(
    conv(`${name}.branch1x1`, channels, 320, 1),
    sequential(
      conv(`${name}.branch3x3_1`, channels, 384, 1),
      concatBranches(conv(`${name}.branch3x3_2a`, 384, 384, [1, 3]), conv(`${name}.branch3x3_2b`, 384, 384, [3, 1])),
    ),
    sequential(
      conv(`${name}.branch3x3dbl_1`, channels, 448, 1),
      conv(`${name}.branch3x3dbl_2`, 448, 384, 3),
      concatBranches(
        conv(`${name}.branch3x3dbl_3a`, 384, 384, [1, 3]),
        conv(`${name}.branch3x3dbl_3b`, 384, 384, [3, 1]),
      ),
    ),
    sequential(pool, conv(`${name}.branch_pool`, channels, 192, 1)),
  );
}
