/** Settings of an {@link AugmentPipe}, with the published names and defaults. By default everything is off. */
export interface AugmentSettings {
  /** Overall probability of a transform. */
  p: number;

  // Multipliers of p, one per transform. 0 leaves out the transform and its labels.
  /** Mirror left and right, half of the time. */
  xflip: number;
  /** Mirror top and bottom, half of the time. */
  yflip: number;
  /** Rotate by a multiple of 90 degrees. */
  rotateInt: number;
  /** Move by whole pixels. */
  translateInt: number;
  /** Magnify equally in both directions. */
  scale: number;
  /** Rotate by any angle. */
  rotateFrac: number;
  /** Stretch in one direction and squeeze in the other. */
  aniso: number;
  /** Move by any distance. */
  translateFrac: number;
  /** Add to all channels. */
  brightness: number;
  /** Multiply all channels. */
  contrast: number;
  /** Mirror the luminance: dark to bright. */
  lumaflip: number;
  /** Rotate the hue. */
  hue: number;
  /** Multiply the saturation. */
  saturation: number;

  // Strength of each transform.
  /** Largest whole-pixel move, as a share of the image's side. */
  translateIntMax: number;
  /** Standard deviation of log2 of the magnification. */
  scaleStd: number;
  /** Largest rotation; 1 is any angle. */
  rotateFracMax: number;
  /** Standard deviation of log2 of the stretch. */
  anisoStd: number;
  /** Probability that the stretch is not along a side of the image. */
  anisoRotateProb: number;
  /** Standard deviation of a move, as a share of the image's side. */
  translateFracStd: number;
  /** Standard deviation of the brightness added. */
  brightnessStd: number;
  /** Standard deviation of log2 of the contrast factor. */
  contrastStd: number;
  /** Largest rotation of the hue; 1 is any angle. */
  hueMax: number;
  /** Standard deviation of log2 of the saturation factor. */
  saturationStd: number;
}

/** The published defaults: all transforms off. */
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
 * The transforms of the published `--augment` option: six geometric ones with nine labels (Appendix F.2, Karras et al.
 * 2022). xflip is always on, whatever p: every image is mirrored half of the time.
 */
export const TRAINING_AUGMENTATION: Partial<AugmentSettings> = {
  xflip: 1e8,
  yflip: 1,
  scale: 1,
  rotateFrac: 1,
  aniso: 1,
  translateFrac: 1,
};
