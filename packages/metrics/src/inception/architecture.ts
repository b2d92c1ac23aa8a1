import * as tf from '@tensorflow/tfjs-core';

/** [N, H, W, C] to [N, H', W', C'] */
export type Layer = (x: tf.Tensor4D) => tf.Tensor4D;

/** Makes a convolution with batch normalisation and ReLU. @param kernel height and width */
export type MakeConv = (
  name: string,
  inChannels: number,
  outChannels: number,
  kernel: number | readonly [number, number],
  options?: ConvOptions,
) => Layer;

/** How a convolution moves over its input. */
export interface ConvOptions {
  stride?: 1 | 2;
  /** `same` keeps the size at stride 1. */
  pad?: 'same' | 'valid';
}

/**
 * The network in turn. Features after each part but `6c`, as many as their names say, are averages over the part's last
 * activations; `spatial` branches off after `6c` and ends there.
 */
export interface InceptionParts {
  64: Layer;
  192: Layer;
  '6c': Layer;
  spatial: Layer;
  768: Layer;
  2048: Layer;
}

/** Of the branch that spatial features are taken from. */
const SPATIAL_CHANNELS = 7;

const VALID = { pad: 'valid' } as const;
const HALVE = { stride: 2, pad: 'valid' } as const;

const maxPool: Layer = (x) => tf.maxPool(x, 3, 2, 'valid');
/** Of the pixels that are there: TensorFlow's padding counts for nothing. */
const averageAround: Layer = (x) => tf.avgPool(x, 3, 1, 'same');
const maxAround: Layer = (x) => tf.maxPool(x, 3, 1, 'same');

const inTurn =
  (...layers: Layer[]): Layer =>
  (x) =>
    layers.reduce((y, layer) => layer(y), x);

const sideBySide =
  (...branches: Layer[]): Layer =>
  (x) =>
    tf.concat(
      branches.map((branch) => branch(x)),
      3,
    );

/**
 * Inception-v3 (Szegedy et al. 2016) as TensorFlow's graph of 5 December 2015 has it, with which FID was defined: its average
 * pooling leaves out padding, and the last block pools by maximum. Names are those of the public PyTorch files.
 */
export function inceptionParts(conv: MakeConv): InceptionParts {
  return {
    64: inTurn(
      conv('Conv2d_1a_3x3', 3, 32, 3, HALVE),
      conv('Conv2d_2a_3x3', 32, 32, 3, VALID),
      conv('Conv2d_2b_3x3', 32, 64, 3),
      maxPool,
    ),
    192: inTurn(conv('Conv2d_3b_1x1', 64, 80, 1), conv('Conv2d_4a_3x3', 80, 192, 3, VALID), maxPool),
    '6c': inTurn(
      mixed5(conv, 'Mixed_5b', 192, 32),
      mixed5(conv, 'Mixed_5c', 256, 64),
      mixed5(conv, 'Mixed_5d', 288, 64),
      mixed6a(conv, 'Mixed_6a'),
      mixed6(conv, 'Mixed_6b', 128),
      mixed6(conv, 'Mixed_6c', 160),
    ),
    // TensorFlow's mixed_6/conv: the first branch of Mixed_6d.
    spatial: inTurn(conv('Mixed_6d.branch1x1', 768, 192, 1), (x) =>
      tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, SPATIAL_CHANNELS]),
    ),
    768: inTurn(mixed6(conv, 'Mixed_6d', 160), mixed6(conv, 'Mixed_6e', 192)),
    2048: inTurn(
      mixed7a(conv, 'Mixed_7a'),
      mixed7(conv, 'Mixed_7b', 1280, averageAround),
      mixed7(conv, 'Mixed_7c', 2048, maxAround),
    ),
  };
}

/** 35x35 */
function mixed5(conv: MakeConv, name: string, channels: number, poolChannels: number): Layer {
  return sideBySide(
    conv(`${name}.branch1x1`, channels, 64, 1),
    inTurn(conv(`${name}.branch5x5_1`, channels, 48, 1), conv(`${name}.branch5x5_2`, 48, 64, 5)),
    inTurn(
      conv(`${name}.branch3x3dbl_1`, channels, 64, 1),
      conv(`${name}.branch3x3dbl_2`, 64, 96, 3),
      conv(`${name}.branch3x3dbl_3`, 96, 96, 3),
    ),
    inTurn(averageAround, conv(`${name}.branch_pool`, channels, poolChannels, 1)),
  );
}

/** 35x35 to 17x17 */
function mixed6a(conv: MakeConv, name: string): Layer {
  return sideBySide(
    conv(`${name}.branch3x3`, 288, 384, 3, HALVE),
    inTurn(
      conv(`${name}.branch3x3dbl_1`, 288, 64, 1),
      conv(`${name}.branch3x3dbl_2`, 64, 96, 3),
      conv(`${name}.branch3x3dbl_3`, 96, 96, 3, HALVE),
    ),
    maxPool,
  );
}

/** 17x17; `inner` channels between the convolutions of 7x1 and 1x7 */
function mixed6(conv: MakeConv, name: string, inner: number): Layer {
  return sideBySide(
    conv(`${name}.branch1x1`, 768, 192, 1),
    inTurn(
      conv(`${name}.branch7x7_1`, 768, inner, 1),
      conv(`${name}.branch7x7_2`, inner, inner, [1, 7]),
      conv(`${name}.branch7x7_3`, inner, 192, [7, 1]),
    ),
    inTurn(
      conv(`${name}.branch7x7dbl_1`, 768, inner, 1),
      conv(`${name}.branch7x7dbl_2`, inner, inner, [7, 1]),
      conv(`${name}.branch7x7dbl_3`, inner, inner, [1, 7]),
      conv(`${name}.branch7x7dbl_4`, inner, inner, [7, 1]),
      conv(`${name}.branch7x7dbl_5`, inner, 192, [1, 7]),
    ),
    inTurn(averageAround, conv(`${name}.branch_pool`, 768, 192, 1)),
  );
}

/** 17x17 to 8x8 */
function mixed7a(conv: MakeConv, name: string): Layer {
  return sideBySide(
    inTurn(conv(`${name}.branch3x3_1`, 768, 192, 1), conv(`${name}.branch3x3_2`, 192, 320, 3, HALVE)),
    inTurn(
      conv(`${name}.branch7x7x3_1`, 768, 192, 1),
      conv(`${name}.branch7x7x3_2`, 192, 192, [1, 7]),
      conv(`${name}.branch7x7x3_3`, 192, 192, [7, 1]),
      conv(`${name}.branch7x7x3_4`, 192, 192, 3, HALVE),
    ),
    maxPool,
  );
}

/** 8x8 */
function mixed7(conv: MakeConv, name: string, channels: number, pool: Layer): Layer {
  return sideBySide(
    conv(`${name}.branch1x1`, channels, 320, 1),
    inTurn(
      conv(`${name}.branch3x3_1`, channels, 384, 1),
      sideBySide(conv(`${name}.branch3x3_2a`, 384, 384, [1, 3]), conv(`${name}.branch3x3_2b`, 384, 384, [3, 1])),
    ),
    inTurn(
      conv(`${name}.branch3x3dbl_1`, channels, 448, 1),
      conv(`${name}.branch3x3dbl_2`, 448, 384, 3),
      sideBySide(conv(`${name}.branch3x3dbl_3a`, 384, 384, [1, 3]), conv(`${name}.branch3x3dbl_3b`, 384, 384, [3, 1])),
    ),
    inTurn(pool, conv(`${name}.branch_pool`, channels, 192, 1)),
  );
}
