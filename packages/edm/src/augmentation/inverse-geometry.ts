import { composeMaps, rotationMap, scalingMap, translationMap, type AffineMap } from '@onestep/diffusion-core';
import type { AugmentParameters } from './augment-parameters.js';
import type { AugmentSettings } from './augment-settings.js';

/**
 * Computes the map from each point of the transformed image to its origin, in pixels from the image's center:
 * G^-1 = S^-1(s, s) R^-1(-w) R^-1(r) S^-1(s', 1/s') R^-1(-r) T^-1, the inverses of scale, rotationMap, stretch and move.
 *
 * @param size side of the image
 * @returns null for the identity
 */
export function inverseGeometry(
  size: number,
  { scale, rotateFrac, aniso, translateFrac: [moveX, moveY] }: AugmentParameters,
  { scaleStd, anisoStd, translateFracStd }: AugmentSettings,
): AffineMap | null {
  const factors: AffineMap[] = [];
  if (scale !== 0) {
    const s = 2 ** (scale * scaleStd);
    factors.push(scalingMap(1 / s, 1 / s));
  }
  if (rotateFrac !== 0) factors.push(rotationMap(rotateFrac));
  if (aniso.w !== 0) {
    const s = 2 ** (aniso.w * anisoStd);
    factors.push(rotationMap(-aniso.r), scalingMap(1 / s, s), rotationMap(aniso.r));
  }
  if (moveX !== 0 || moveY !== 0) {
    factors.push(translationMap(-moveX * translateFracStd * size, -moveY * translateFracStd * size));
  }
  return factors.length === 0 ? null : factors.reduce(composeMaps);
}
