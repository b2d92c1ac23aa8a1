import {
  interpolate,
  interpolationGradient,
  linearSamples,
  nearestSamples,
  type Sampling,
} from '../lower/interpolation.js';
import { toPlain } from '../lower/layout.js';
import { sizeOf } from '../lower/lowered-tensor.js';
import { averageTiles, repeatTiles, scaleBy } from '../lower/tiles.js';
import type { Attrs, TensorSpec } from '../tensor-spec.js';
import type { Kernel } from './kernel.js';

/** The factors by which nearest-neighbor resizing enlarges an image, if they are whole numbers; else null. */
function enlargement(from: readonly number[], to: readonly number[], { alignCorners }: Attrs): [number, number] | null {
  const [kh, kw] = [to[1]! / from[1]!, to[2]! / from[2]!];
  return !alignCorners && Number.isInteger(kh) && Number.isInteger(kw) ? [kh, kw] : null;
}

const resizedShape = (x: readonly number[], [height, width]: readonly number[]) => [x[0]!, height!, width!, x[3]!];
const empty = (inputs: TensorSpec[]) => inputs.some((x) => x.dtype === 'bool' || sizeOf(x.shape) === 0);

const samplings = (sampling: Sampling, from: readonly number[], to: readonly number[], attrs: Attrs) =>
  [1, 2].map((axis) => sampling(from[axis]!, to[axis]!, attrs));

/** tfjs's gradients ignore `halfPixelCenters`. */
const gradientAttributes = ({ alignCorners }: Attrs) => ({ alignCorners });

function resize(name: string, sampling: Sampling): Kernel {
  return {
    name,
    inputs: ['images'],
    infer: ([x], { size }) => ({ shape: resizedShape(x!.shape, size), dtype: 'float32' }),
    needsFallback: empty,
    lower: (b, [x], attrs, [out]) => {
      const factor = sampling === nearestSamples && x!.dtype === 'float32' && enlargement(x!.shape, out!.shape, attrs);
      if (factor) return repeatTiles(b, x!, factor);
      // Columns first, as in tfjs: the order matters for the last bit.
      const [rows, columns] = samplings(sampling, x!.shape, out!.shape, attrs);
      const wide = interpolate(b, b.cast(toPlain(b, x!), 'float32'), 2, columns!);
      return b.tensor(interpolate(b, wide, 1, rows!));
    },
  };
}

function resizeGradient(name: string, sampling: Sampling): Kernel {
  return {
    name,
    inputs: ['images', 'dy'],
    infer: ([images]) => ({ shape: images!.shape, dtype: 'float32' }),
    needsFallback: (inputs) => empty(inputs) || inputs.some((x) => x.dtype !== 'float32'),
    lower: (b, [images, dy], all) => {
      const attrs = gradientAttributes(all);
      const factor = sampling === nearestSamples && enlargement(images!.shape, dy!.shape, attrs);
      if (factor) return scaleBy(b, averageTiles(b, dy!, factor), factor[0] * factor[1]);
      const [rows, columns] = samplings(sampling, images!.shape, dy!.shape, attrs);
      const narrow = interpolationGradient(b, toPlain(b, dy!), 1, rows!, images!.shape[1]!);
      return b.tensor(interpolationGradient(b, narrow, 2, columns!, images!.shape[2]!));
    },
  };
}

export const resizeKernels: readonly Kernel[] = [
  resize('ResizeBilinear', linearSamples),
  resizeGradient('ResizeBilinearGrad', linearSamples),
  resize('ResizeNearestNeighbor', nearestSamples),
  resizeGradient('ResizeNearestNeighborGrad', nearestSamples),
];
