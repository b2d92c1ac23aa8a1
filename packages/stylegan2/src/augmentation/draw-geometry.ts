import {
  composeMaps,
  IDENTITY_MAP,
  rotationMap,
  scalingMap,
  translationMap,
  type AffineMap,
} from '@onestep/diffusion-core';
import type { AugmentationMultipliers } from './multipliers.js';
import { drawDecisions, type RandomSource } from './random-source.js';

/** Largest whole-pixel move, as a share of the image's side. */
const XINT_MAX = 0.125;
/** Standard deviation of log2 of the magnification. */
const SCALE_STD = 0.2;
/** Standard deviation of log2 of the stretch. */
const ANISO_STD = 0.2;
/** Standard deviation of a move, as a share of the image's side. */
const XFRAC_STD = 0.125;

/** The transforms that move pixels. */
export const GEOMETRIC = ['xflip', 'rotate90', 'xint', 'scale', 'rotate', 'aniso', 'xfrac'] as const;

/** Rounds to the nearest integer, halves to the even one. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/**
 * Draws a geometric transform for each of `n` images. Each part draws its values for all images, then decides for all of
 * them, in the published order.
 *
 * @param size height and width of the images
 * @returns maps from each point of the transformed image to its origin, in pixels from the image's center, y down
 */
export function drawGeometry(
  { xflip, rotate90, xint, scale, rotate, aniso, xfrac }: AugmentationMultipliers,
  { n, size, p, rng }: { n: number; size: number; p: number; rng: RandomSource },
): AffineMap[] {
  const maps = Array.from({ length: n }, () => IDENTITY_MAP);
  const apply = (probability: number, mapOf: (i: number) => AffineMap) => {
    for (const [i, happens] of drawDecisions(rng, n, probability).entries()) {
      if (happens) maps[i] = composeMaps(maps[i]!, mapOf(i));
    }
  };
  const rotateAnyAngle = () => {
    const turns = rng.uniform(n);
    // Twice, so that together they happen with probability rotate * p.
    const probability = 1 - Math.sqrt(Math.min(Math.max(1 - rotate * p, 0), 1));
    apply(probability, (i) => rotationMap((2 * turns[i]! - 1) * Math.PI));
  };

  if (xflip > 0) {
    const coins = rng.uniform(n);
    apply(xflip * p, (i) => scalingMap(1 - 2 * Math.floor(2 * coins[i]!), 1));
  }
  if (rotate90 > 0) {
    const turns = rng.uniform(n);
    apply(rotate90 * p, (i) => rotationMap((Math.floor(4 * turns[i]!) * Math.PI) / 2));
  }
  if (xint > 0) {
    const moves = rng.uniform(2 * n);
    const pixels = (u: number) => roundHalfToEven((2 * u - 1) * XINT_MAX * size);
    apply(xint * p, (i) => translationMap(-pixels(moves[2 * i]!), -pixels(moves[2 * i + 1]!)));
  }
  if (scale > 0) {
    const exponents = rng.normal(n);
    apply(scale * p, (i) => {
      const s = 2 ** (SCALE_STD * exponents[i]!);
      return scalingMap(1 / s, 1 / s);
    });
  }
  if (rotate > 0) rotateAnyAngle();
  if (aniso > 0) {
    const exponents = rng.normal(n);
    apply(aniso * p, (i) => {
      const s = 2 ** (ANISO_STD * exponents[i]!);
      return scalingMap(1 / s, s);
    });
  }
  if (rotate > 0) rotateAnyAngle();
  if (xfrac > 0) {
    const moves = rng.normal(2 * n);
    const pixels = (move: number) => move * XFRAC_STD * size;
    apply(xfrac * p, (i) => translationMap(-pixels(moves[2 * i]!), -pixels(moves[2 * i + 1]!)));
  }
  return maps;
}
