import type { Rng } from '@onestep/random';
import type { AugmentSettings } from './augment-settings.js';

/**
 * Parameters of the transforms of one image. All zero is the identity.
 *
 * @internal
 */
export interface AugmentParameters {
  xflip: 0 | 1;
  yflip: 0 | 1;
  /** Quarter turns, counter-clockwise. */
  rotateInt: 0 | 1 | 2 | 3;
  /** Right and up, in units of translateIntMax sides. */
  translateInt: readonly [number, number];
  /** log2 of the magnification, in units of scaleStd. */
  scale: number;
  /** Radians, counter-clockwise. */
  rotateFrac: number;
  aniso: {
    /** log2 of the stretch, in units of anisoStd. */
    w: number;
    /** Direction of the stretch, radians. */
    r: number;
  };
  /** Right and down, in units of translateFracStd sides. */
  translateFrac: readonly [number, number];
  /** In units of brightnessStd. */
  brightness: number;
  /** log2 of the factor, in units of contrastStd. */
  contrast: number;
  lumaflip: 0 | 1;
  /** Radians. */
  hue: number;
  /** log2 of the factor, in units of saturationStd. */
  saturation: number;
}

/**
 * The identity.
 *
 * @internal
 */
export const UNCHANGED: AugmentParameters = {
  xflip: 0,
  yflip: 0,
  rotateInt: 0,
  translateInt: [0, 0],
  scale: 0,
  rotateFrac: 0,
  aniso: { w: 0, r: 0 },
  translateFrac: [0, 0],
  brightness: 0,
  contrast: 0,
  lumaflip: 0,
  hue: 0,
  saturation: 0,
};

/** Draws parameters for `n` images, image by image, so that an image does not depend on the later images of its batch. */
export function drawAugmentParameters(settings: AugmentSettings, n: number, rng: Rng): AugmentParameters[] {
  return Array.from({ length: n }, () => drawOne(settings, rng));
}

function drawOne(settings: AugmentSettings, rng: Rng): AugmentParameters {
  const { p } = settings;
  const drawn: { -readonly [K in keyof AugmentParameters]: AugmentParameters[K] } = { ...UNCHANGED };
  const uniform = (low: number, high: number) => rng.uniform(1, low, high)[0]!;
  const pair = ([a, b]: ArrayLike<number> & Iterable<number>): [number, number] => [a!, b!];
  const normal = () => rng.normal(1)[0]!;
  const integer = (bound: number) => rng.integers(1, bound)[0]!;
  /** Decides whether a transform happens. Draws nothing if it is off. */
  const happens = (multiplier: number) => multiplier > 0 && uniform(0, 1) < multiplier * p;

  if (happens(settings.xflip)) drawn.xflip = integer(2) as 0 | 1;
  if (happens(settings.yflip)) drawn.yflip = integer(2) as 0 | 1;
  if (happens(settings.rotateInt)) drawn.rotateInt = integer(4) as 0 | 1 | 2 | 3;
  if (happens(settings.translateInt)) drawn.translateInt = pair(rng.uniform(2, -1, 1));
  if (happens(settings.scale)) drawn.scale = normal();
  if (happens(settings.rotateFrac)) drawn.rotateFrac = uniform(-Math.PI, Math.PI) * settings.rotateFracMax;
  if (happens(settings.aniso)) {
    const isTurned = uniform(0, 1) < settings.anisoRotateProb;
    drawn.aniso = { w: normal(), r: isTurned ? uniform(-Math.PI, Math.PI) : 0 };
  }
  if (happens(settings.translateFrac)) drawn.translateFrac = pair(rng.normal(2));
  if (happens(settings.brightness)) drawn.brightness = normal();
  if (happens(settings.contrast)) drawn.contrast = normal();
  if (happens(settings.lumaflip)) drawn.lumaflip = integer(2) as 0 | 1;
  if (happens(settings.hue)) drawn.hue = uniform(-Math.PI, Math.PI) * settings.hueMax;
  if (happens(settings.saturation)) drawn.saturation = normal();
  return drawn;
}

/** The labels of each transform, in the published order. All zero for {@link UNCHANGED}. */
const LABELS = [
  ['xflip', ({ xflip }) => [xflip]],
  ['yflip', ({ yflip }) => [yflip]],
  ['rotateInt', ({ rotateInt: k }) => [k === 1 || k === 2 ? 1 : 0, k === 2 || k === 3 ? 1 : 0]],
  ['translateInt', ({ translateInt }) => translateInt],
  ['scale', ({ scale }) => [scale]],
  ['rotateFrac', ({ rotateFrac: w }) => [Math.cos(w) - 1, Math.sin(w)]],
  ['aniso', ({ aniso: { w, r } }) => [w * Math.cos(r), w * Math.sin(r)]],
  ['translateFrac', ({ translateFrac }) => translateFrac],
  ['brightness', ({ brightness }) => [brightness]],
  ['contrast', ({ contrast }) => [contrast]],
  ['lumaflip', ({ lumaflip }) => [lumaflip]],
  ['hue', ({ hue: w }) => [Math.cos(w) - 1, Math.sin(w)]],
  ['saturation', ({ saturation }) => [saturation]],
] as const satisfies readonly [
  keyof AugmentParameters & keyof AugmentSettings,
  (p: AugmentParameters) => readonly number[],
][];

/** Converts parameters to a label: the labels of the transforms that are on. */
export function toLabel(parameters: AugmentParameters, settings: AugmentSettings): number[] {
  return LABELS.flatMap(([name, label]) => (settings[name] > 0 ? [...label(parameters)] : []));
}
