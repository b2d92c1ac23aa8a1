import * as tf from '@tensorflow/tfjs-core';
import { composeColorMap, grayPart, type ColorChanges } from '@onestep/diffusion-core';
import type { HostTable } from './host-table.js';
import type { AugmentationMultipliers } from './multipliers.js';
import { drawDecisions, type RandomSource } from './random-source.js';

/** Standard deviation of the brightness added. */
const BRIGHTNESS_STD = 0.2;
/** Standard deviation of log2 of the contrast factor. */
const CONTRAST_STD = 0.5;
/** Standard deviation of log2 of the saturation factor. */
const SATURATION_STD = 1;

/** The transforms of colors. */
export const COLORFUL = ['brightness', 'contrast', 'lumaflip', 'hue', 'saturation'] as const;

/** An affine map of each image's colors: `factors` [N, C, C], by which a row of colors is multiplied, and `offsets` [N, 1, C]. */
export type ColorTables = Record<'factors' | 'offsets', HostTable>;

/** Draws the changes of `n` images' colors: values for all images, then decisions, transform by transform. */
function drawColorChanges(
  multipliers: AugmentationMultipliers,
  { n, channels, p, rng }: { n: number; channels: number; p: number; rng: RandomSource },
): ColorChanges[] {
  const changes = Array.from({ length: n }, (): ColorChanges => {
    return { brightness: 0, contrast: 1, lumaflip: false, hue: 0, saturation: 1 };
  });
  const draw = <K extends keyof ColorChanges>(
    name: K,
    values: (n: number) => ArrayLike<number>,
    change: (value: number) => ColorChanges[K],
  ) => {
    if (multipliers[name] === 0) return;
    const drawn = values(n);
    for (const [i, happens] of drawDecisions(rng, n, multipliers[name] * p).entries()) {
      if (happens) changes[i]![name] = change(drawn[i]!);
    }
  };
  const normal = (n: number) => rng.normal(n);
  const uniform = (n: number) => rng.uniform(n);
  draw('brightness', normal, (value) => value * BRIGHTNESS_STD);
  draw('contrast', normal, (value) => 2 ** (value * CONTRAST_STD));
  draw('lumaflip', uniform, (u) => u >= 0.5);
  if (channels > 1) {
    draw('hue', uniform, (u) => (2 * u - 1) * Math.PI);
    draw('saturation', normal, (value) => 2 ** (value * SATURATION_STD));
  }
  return changes;
}

/** Draws a color map for each of `n` images, gray or RGB. */
export function drawColors(
  multipliers: AugmentationMultipliers,
  draws: { n: number; channels: number; p: number; rng: RandomSource },
): ColorTables {
  const { n, channels } = draws;
  const factors = new Float32Array(n * channels * channels);
  const offsets = new Float32Array(n * channels);
  for (const [i, changes] of drawColorChanges(multipliers, draws).entries()) {
    const map = composeColorMap(changes);
    if (channels === 1) {
      const { factor, offset } = grayPart(map);
      factors[i] = factor;
      offsets[i] = offset;
      continue;
    }
    for (const [to, row] of map.entries()) {
      for (let from = 0; from < channels; from++) factors[(i * channels + from) * channels + to] = row[from]!;
      offsets[i * channels + to] = row[channels]!;
    }
  }
  return {
    factors: { values: factors, shape: [n, channels, channels] },
    offsets: { values: offsets, shape: [n, 1, channels] },
  };
}

/** Changes the colors of images [N, H, W, C] by the tensors of {@link drawColors}. */
export function changeColors(
  images: tf.Tensor4D,
  { factors, offsets }: Record<keyof ColorTables, tf.Tensor>,
): tf.Tensor4D {
  const [n, height, width, channels] = images.shape;
  const colors = tf.reshape<tf.Rank.R3>(images, [n, height * width, channels]);
  // A product of 1x1 matrices for each pixel would be slow.
  const mixed = channels === 1 ? tf.mul(colors, factors) : tf.matMul(colors, factors as tf.Tensor3D);
  return tf.reshape(tf.add(mixed, offsets), images.shape);
}
