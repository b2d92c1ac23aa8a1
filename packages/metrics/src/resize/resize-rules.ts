import { antialiasedWeights, bilinearWeights, type AxisWeights } from './axis-weights.js';
import { cropCenter, repeatGray, type PixelImage } from './pixel-image.js';
import { resampleBytes, resampleFloat } from './resample.js';

/** How images are brought to the size of a network's input. */
export interface ResizeRule {
  /** What it does, in words. */
  about: string;
  /**
   * Resizes an RGB image.
   *
   * @returns [height, width, 3], about 0 to 255, not rounded unless the rule rounds
   */
  resize(image: PixelImage, width: number, height: number): Float32Array;
}

/** Weights of an axis; null where its length stays. */
type WeightsOf = (from: number, to: number) => AxisWeights;

const MAX_CACHED = 32;

/** Images of a folder often have one size. */
function cached(weightsOf: WeightsOf): WeightsOf {
  const known = new Map<string, AxisWeights>();
  return (from, to) => {
    const key = `${from} ${to}`;
    const found = known.get(key) ?? weightsOf(from, to);
    if (known.size >= MAX_CACHED) known.clear();
    known.set(key, found);
    return found;
  };
}

const floats = (weightsOf: WeightsOf): ResizeRule['resize'] => {
  const weights = cached(weightsOf);
  return (image, width, height) =>
    resampleFloat(image, {
      x: image.width === width ? null : weights(image.width, width),
      y: image.height === height ? null : weights(image.height, height),
    });
};

const pillowBicubic = cached((from, to) => antialiasedWeights(from, to, 'bicubic'));

function bicubicWeights(image: PixelImage, width: number, height: number) {
  return {
    x: image.width === width ? null : pillowBicubic(image.width, width),
    y: image.height === height ? null : pillowBicubic(image.height, height),
  };
}

/** Rules by their names. */
export const RESIZE_RULES = {
  tensorflow1: {
    about: 'bilinear as in TensorFlow 1, without antialiasing',
    resize: floats((from, to) => bilinearWeights(from, to, 'corners')),
  },
  'torch-bilinear': {
    about: 'bilinear as in PyTorch with align_corners=False, without antialiasing',
    resize: floats((from, to) => bilinearWeights(from, to, 'centers')),
  },
  'pillow-bicubic-float': {
    about: "Pillow's bicubic with antialiasing, not rounded, cut to 0 to 255",
    resize: (image, width, height) => {
      const resized = resampleFloat(image, bicubicWeights(image, width, height));
      for (let i = 0; i < resized.length; i++) resized[i] = Math.min(255, Math.max(0, resized[i]!));
      return resized;
    },
  },
  'pillow-bicubic': {
    about: "Pillow's bicubic with antialiasing, rounded to bytes",
    resize: (image, width, height) => Float32Array.from(resampleBytes(image, bicubicWeights(image, width, height))),
  },
  'torch-bicubic-antialias': {
    about: 'bicubic as in PyTorch with antialias=True, not rounded, not cut',
    resize: (image, width, height) => resampleFloat(image, bicubicWeights(image, width, height)),
  },
} satisfies Record<string, ResizeRule>;

/** Name of a resizing rule. */
export type ResizeRuleName = keyof typeof RESIZE_RULES;

/**
 * Resizes an image to a square. Gray images are repeated to three channels.
 *
 * @param fit `stretch` changes the shape; `crop` resizes the shorter side to `size` in bytes, and cuts out the middle, as
 *   torchvision's Resize and CenterCrop do (only for `pillow-bicubic`)
 * @returns [size, size, 3], about 0 to 255
 */
export function resizeToSquare(
  image: PixelImage,
  size: number,
  rule: ResizeRuleName,
  fit: 'stretch' | 'crop' = 'stretch',
): Float32Array {
  const rgb = repeatGray(image);
  if (fit === 'stretch') return RESIZE_RULES[rule].resize(rgb, size, size);
  const long = Math.trunc((size * Math.max(rgb.width, rgb.height)) / Math.min(rgb.width, rgb.height));
  const [w, h] = rgb.width <= rgb.height ? [size, long] : [long, size];
  const data = resampleBytes(rgb, bicubicWeights(rgb, w, h));
  return Float32Array.from(cropCenter({ data, width: w, height: h, channels: 3 }, size).data);
}
