import type { AugmentParameters } from './augment-parameters.js';
import type { AugmentSettings } from './augment-settings.js';

/** Rows of a 3x4 affine map of colors: three factors and an offset. */
type ColorMap = [number[], number[], number[]];

const IDENTITY: ColorMap = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
];
/** Component of the luminance axis (1, 1, 1) / sqrt(3). */
const AXIS = 1 / Math.sqrt(3);

/** Composes a map with a 3x3 matrix, which is applied second. */
function applyAfter(matrix: readonly (readonly number[])[], map: ColorMap): ColorMap {
  return matrix.map((row) => [0, 1, 2, 3].map((j) => row.reduce((sum, v, i) => sum + v * map[i]![j]!, 0))) as ColorMap;
}

/** `diagonal` I + `luminance` v v^T + `cross` [v]x, with v the luminance axis. All matrices below have this form. */
function aboutAxis(diagonal: number, luminance: number, cross = 0): number[][] {
  const skew = [
    [0, -1, 1],
    [1, 0, -1],
    [-1, 1, 0],
  ];
  return skew.map((row, i) =>
    row.map((sign, j) => (i === j ? diagonal : 0) + luminance * AXIS * AXIS + cross * AXIS * sign),
  );
}

/**
 * Brightness, contrast, luminance mirroring, hue and saturation, in this order, as one affine map.
 *
 * @returns null for the identity
 */
function composeColorMap(
  { brightness, contrast, lumaflip, hue, saturation }: AugmentParameters,
  { brightnessStd, contrastStd, saturationStd }: AugmentSettings,
): ColorMap | null {
  let map = IDENTITY;
  if (brightness !== 0) map = map.map((row) => [...row.slice(0, 3), row[3]! + brightness * brightnessStd]) as ColorMap;
  if (contrast !== 0) map = applyAfter(aboutAxis(2 ** (contrast * contrastStd), 0), map);
  // Householder: I - 2 v v^T
  if (lumaflip === 1) map = applyAfter(aboutAxis(1, -2), map);
  // Rodrigues: cos I + (1 - cos) v v^T + sin [v]x
  if (hue !== 0) map = applyAfter(aboutAxis(Math.cos(hue), 1 - Math.cos(hue), Math.sin(hue)), map);
  // v v^T + s (I - v v^T)
  if (saturation !== 0) {
    const s = 2 ** (saturation * saturationStd);
    map = applyAfter(aboutAxis(s, 1 - s), map);
  }
  return map === IDENTITY ? null : map;
}

/**
 * Adjusts the colors of an image. A gray image gets the mean over the three channels of a gray color.
 *
 * @param image HWC; changed in place
 */
export function adjustColors(
  image: Float32Array,
  channels: number,
  parameters: AugmentParameters,
  settings: AugmentSettings,
): void {
  const map = composeColorMap(parameters, settings);
  if (map === null) return;
  const [red, green, blue] = map;
  if (channels === 1) {
    const mean = red.map((_, j) => (red[j]! + green[j]! + blue[j]!) / 3);
    const factor = mean[0]! + mean[1]! + mean[2]!;
    for (let i = 0; i < image.length; i++) image[i] = factor * image[i]! + mean[3]!;
    return;
  }
  for (let i = 0; i < image.length; i += 3) {
    const [r, g, b] = [image[i]!, image[i + 1]!, image[i + 2]!];
    map.forEach((row, j) => (image[i + j] = row[0]! * r + row[1]! * g + row[2]! * b + row[3]!));
  }
}
