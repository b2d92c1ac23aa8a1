/**
 * Rows of a 3x4 affine map of colors: three factors and an offset.
 *
 * @internal
 */
export type ColorMap = [number[], number[], number[]];

/**
 * Changes of an image's colors.
 *
 * @internal
 */
export interface ColorChanges {
  /** Added to all channels; 0 for no change. */
  brightness: number;
  /** Factor of all channels. */
  contrast: number;
  /** Whether to mirror the luminance. */
  lumaflip: boolean;
  /** Rotation about the luminance axis, radians. */
  hue: number;
  /** Factor of what is perpendicular to the luminance axis. */
  saturation: number;
}

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
 * Brightness, contrast, luminance mirroring, hue and saturation, in this order, as one affine map (Karras et al. 2020,
 * "Training generative adversarial networks with limited data", Appendix B).
 *
 * @internal
 */
export function composeColorMap({ brightness, contrast, lumaflip, hue, saturation }: ColorChanges): ColorMap {
  let map = IDENTITY.map((row) => [...row.slice(0, 3), row[3]! + brightness]) as ColorMap;
  if (contrast !== 1) map = applyAfter(aboutAxis(contrast, 0), map);
  // Householder: I - 2 v v^T
  if (lumaflip) map = applyAfter(aboutAxis(1, -2), map);
  // Rodrigues: cos I + (1 - cos) v v^T + sin [v]x
  if (hue !== 0) map = applyAfter(aboutAxis(Math.cos(hue), 1 - Math.cos(hue), Math.sin(hue)), map);
  // v v^T + s (I - v v^T)
  if (saturation !== 1) map = applyAfter(aboutAxis(saturation, 1 - saturation), map);
  return map;
}

/**
 * The effect of a color map on gray images: the mean over the three channels of a gray color.
 *
 * @internal
 */
export function grayPart([red, green, blue]: ColorMap): { factor: number; offset: number } {
  const mean = red.map((_, j) => (red[j]! + green[j]! + blue[j]!) / 3);
  return { factor: mean[0]! + mean[1]! + mean[2]!, offset: mean[3]! };
}
