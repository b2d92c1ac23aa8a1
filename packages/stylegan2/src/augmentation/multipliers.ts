/**
 * How likely each transform is, as a factor on the probability p of the pipeline. 0 leaves a transform out: nothing is
 * drawn for it.
 */
export interface AugmentationMultipliers {
  /** Mirror left and right, half of the time. */
  xflip: number;
  /** Rotate by a multiple of 90 degrees. */
  rotate90: number;
  /** Move by whole pixels. */
  xint: number;
  /** Magnify equally in both directions. */
  scale: number;
  /** Rotate by any angle. */
  rotate: number;
  /** Stretch in one direction and squeeze in the other. */
  aniso: number;
  /** Move by any distance. */
  xfrac: number;
  /** Add to all channels. */
  brightness: number;
  /** Multiply all channels. */
  contrast: number;
  /** Mirror the luminance: dark to bright. */
  lumaflip: number;
  /** Rotate the hue. Not for gray images. */
  hue: number;
  /** Multiply the saturation. Not for gray images. */
  saturation: number;
  /** Amplify four bands of frequencies. */
  imgfilter: number;
  /** Add noise to the pixels. */
  noise: number;
  /** Erase a rectangle. */
  cutout: number;
}

const OFF: AugmentationMultipliers = {
  xflip: 0,
  rotate90: 0,
  xint: 0,
  scale: 0,
  rotate: 0,
  aniso: 0,
  xfrac: 0,
  brightness: 0,
  contrast: 0,
  lumaflip: 0,
  hue: 0,
  saturation: 0,
  imgfilter: 0,
  noise: 0,
  cutout: 0,
};
const BLIT = { xflip: 1, rotate90: 1, xint: 1 };
const GEOM = { scale: 1, rotate: 1, aniso: 1, xfrac: 1 };
const COLOR = { brightness: 1, contrast: 1, lumaflip: 1, hue: 1, saturation: 1 };
const FILTER = { imgfilter: 1 };
const NOISE = { noise: 1 };
const CUTOUT = { cutout: 1 };

/** The named groups of transforms (Karras et al. 2020, "Training GANs with limited data", Section 3.2). */
export const AUGMENTATION_PRESETS = {
  blit: BLIT,
  geom: GEOM,
  color: COLOR,
  filter: FILTER,
  noise: NOISE,
  cutout: CUTOUT,
  bg: { ...BLIT, ...GEOM },
  bgc: { ...BLIT, ...GEOM, ...COLOR },
  bgcf: { ...BLIT, ...GEOM, ...COLOR, ...FILTER },
  bgcfn: { ...BLIT, ...GEOM, ...COLOR, ...FILTER, ...NOISE },
  bgcfnc: { ...BLIT, ...GEOM, ...COLOR, ...FILTER, ...NOISE, ...CUTOUT },
} as const satisfies Record<string, Partial<AugmentationMultipliers>>;

/** Name of a preset. The published default is `bgc`. */
export type AugmentationPreset = keyof typeof AUGMENTATION_PRESETS;

/**
 * Completes multipliers with zeros.
 *
 * @throws RangeError if one is unknown, or is not a number from 0
 */
export function completeMultipliers(multipliers: Partial<AugmentationMultipliers>): AugmentationMultipliers {
  const complete = { ...OFF, ...multipliers };
  for (const [name, value] of Object.entries(complete)) {
    if (!(name in OFF)) {
      throw new RangeError(`There is no augmentation '${name}': choose from ${Object.keys(OFF).join(', ')}.`);
    }
    if (!(value >= 0 && Number.isFinite(value))) {
      throw new RangeError(`The multiplier of the augmentation '${name}' is ${value}, expected a number from 0.`);
    }
  }
  return complete;
}
