/** Settings of an {@link AugmentPipe}, with the published names and defaults: everything off. */
export interface AugmentSettings {
  /** Overall probability of a transform. */
  p: number;

  // Multipliers of p, one for each transform; 0 leaves the transform out, and its labels.
  /** Mirror left and right, on a fair coin. */
  xflip: number;
  /** Mirror top and bottom, on a fair coin. */
  yflip: number;
  /** Rotate by a multiple of 90 degrees. */
  rotateInt: number;
  /** Move by whole pixels. */
  translateInt: number;
  /** Magnify in both directions alike. */
  scale: number;
  /** Rotate by any angle. */
  rotateFrac: number;
  /** Stretch in one direction and squeeze in the other. */
  aniso: number;
  /** Move by any distance. */
  translateFrac: number;
  brightness: number;
  contrast: number;
  /** Mirror the luminance: dark to bright. */
  lumaflip: number;
  hue: number;
  saturation: number;

  // How strong each transform is.
  /** Largest whole-pixel move, as a share of the image's side. */
  translateIntMax: number;
  /** Standard deviation of log2 of the magnification. */
  scaleStd: number;
  /** Largest rotation; 1 is any angle. */
  rotateFracMax: number;
  /** Standard deviation of log2 of the stretch. */
  anisoStd: number;
  /** Probability that the stretch has another direction than the image's sides. */
  anisoRotateProb: number;
  /** Standard deviation of a move, as a share of the image's side. */
  translateFracStd: number;
  /** Standard deviation of what is added. */
  brightnessStd: number;
  /** Standard deviation of log2 of the factor. */
  contrastStd: number;
  /** Largest rotation of the hue; 1 is any. */
  hueMax: number;
  /** Standard deviation of log2 of the factor. */
  saturationStd: number;
}

export const AUGMENT_DEFAULTS: AugmentSettings = {
  p: 1,
  xflip: 0,
  yflip: 0,
  rotateInt: 0,
  translateInt: 0,
  scale: 0,
  rotateFrac: 0,
  aniso: 0,
  translateFrac: 0,
  brightness: 0,
  contrast: 0,
  lumaflip: 0,
  hue: 0,
  saturation: 0,
  translateIntMax: 0.125,
  scaleStd: 0.2,
  rotateFracMax: 1,
  anisoStd: 0.2,
  anisoRotateProb: 0.5,
  translateFracStd: 0.125,
  brightnessStd: 0.2,
  contrastStd: 0.5,
  hueMax: 1,
  saturationStd: 1,
};

/**
 * The transforms that `--augment` trains with: six geometric ones, nine labels (Appendix F.2, Karras et al. 2022).
 * xflip is always on, whatever p: every image is mirrored on a fair coin.
 */
export const TRAINING_AUGMENTATION: Partial<AugmentSettings> = {
  xflip: 1e8,
  yflip: 1,
  scale: 1,
  rotateFrac: 1,
  aniso: 1,
  translateFrac: 1,
};
