import * as tf from '@tensorflow/tfjs-core';

/** Where planes of pixels are sampled, as tensors; see `SamplingPlaces`. */
export interface PlaceTensors {
  /** [M] int32 */
  corner: tf.Tensor1D;
  /** [M] */
  right: tf.Tensor1D;
  /** [M] */
  lower: tf.Tensor1D;
}

/** The pixels of C channels, each [R] of consecutive rows of `width` pixels. */
interface Planes {
  count: number;
  size: number;
  width: number;
}

/**
 * Samples each channel bilinearly at the same M places. The gradient adds up at the four points of each place, and has a
 * gradient again: both are linear.
 *
 * @param pixels [C, R], rows of `width` pixels
 * @param places they have to outlive the gradient
 * @returns [C, M]
 */
export function sampleBilinearly(pixels: tf.Tensor2D, width: number, places: PlaceTensors): tf.Tensor2D {
  const [count, size] = pixels.shape;
  return sample(pixels, { count, size, width }, places);
}

// Each is the other's gradient, so that they can be differentiated any number of times.

function sample(pixels: tf.Tensor2D, planes: Planes, places: PlaceTensors): tf.Tensor2D {
  return tf.customGrad((pixels) => ({
    value: gather(pixels as tf.Tensor2D, planes, places),
    gradFunc: (dy) => spread(dy as tf.Tensor2D, planes, places),
  }))(pixels) as tf.Tensor2D;
}

function spread(values: tf.Tensor2D, planes: Planes, places: PlaceTensors): tf.Tensor2D {
  return tf.customGrad((values) => ({
    value: addUp(values as tf.Tensor2D, planes, places),
    gradFunc: (dy) => sample(dy as tf.Tensor2D, planes, places),
  }))(values) as tf.Tensor2D;
}

/** The numbers of the upper left points in all channels: [C, M] int32. */
function cornersOfAll({ count, size }: Planes, corner: tf.Tensor1D): tf.Tensor2D {
  const starts = tf.tensor2d(
    Array.from({ length: count }, (_, channel) => channel * size),
    [count, 1],
    'int32',
  );
  return tf.add(tf.expandDims(corner, 0), starts);
}

/** The four points, from the upper left one. */
const neighbors = (width: number) => [0, 1, width, width + 1] as const;
const shifted = (corners: tf.Tensor2D, by: number) => (by === 0 ? corners : tf.add(corners, tf.scalar(by, 'int32')));

function gather(pixels: tf.Tensor2D, planes: Planes, { corner, right, lower }: PlaceTensors): tf.Tensor2D {
  const flat = tf.reshape(pixels, [-1]);
  const corners = cornersOfAll(planes, corner);
  const [a, b, c, d] = neighbors(planes.width).map((by) => tf.gather(flat, shifted(corners, by))) as tf.Tensor2D[];
  const between = (from: tf.Tensor, to: tf.Tensor, share: tf.Tensor) => tf.add(from, tf.mul(share, tf.sub(to, from)));
  return between(between(a!, b!, right), between(c!, d!, right), lower) as tf.Tensor2D;
}

function addUp(values: tf.Tensor2D, planes: Planes, { corner, right, lower }: PlaceTensors): tf.Tensor2D {
  const corners = cornersOfAll(planes, corner);
  const below = tf.mul(values, lower);
  const above = tf.sub(values, below);
  const sides = [above, below].flatMap((row) => {
    const atRight = tf.mul(row, right);
    return [tf.sub(row, atRight), atRight];
  });
  const numbers = neighbors(planes.width).map((by) => shifted(corners, by));
  const size = planes.count * planes.size;
  // Not unsortedSegmentSum, which engines of tfjs compare with every segment.
  const sums = tf.scatterND(tf.reshape(tf.concat(numbers), [-1, 1]), tf.reshape(tf.concat(sides), [-1]), [size]);
  return tf.reshape(sums, [planes.count, planes.size]);
}
