/** How the pixels of one axis are made: for each output pixel the first input pixel, and the weights from there on. */
export interface AxisWeights {
  /** Length of the output. */
  length: number;
  first: Int32Array;
  count: Int32Array;
  /** [length, size] */
  values: Float64Array;
  size: number;
}

/** An interpolation kernel: zero outside of `support`. */
interface Kernel {
  support: number;
  at(x: number): number;
}

/** Kernels by Pillow's names. */
const KERNELS = {
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, at: (x) => cubic(Math.abs(x), -0.5) },
} satisfies Record<string, Kernel>;

/** Name of a kernel. */
export type KernelName = keyof typeof KERNELS;

/** Keys 1981. */
function cubic(x: number, a: number): number {
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/**
 * Weights as in Pillow's `Image.resize`, and in PyTorch's `interpolate` with `antialias=True`: the kernel is stretched
 * where the image is made smaller.
 *
 * @param from length of the input
 * @param to length of the output
 */
export function antialiasedWeights(from: number, to: number, kernel: KernelName): AxisWeights {
  const { support, at } = KERNELS[kernel];
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const reach = support * stretch;
  return axisWeights(to, Math.ceil(reach) * 2 + 1, (out) => {
    const center = (out + 0.5) * scale;
    const first = Math.max(Math.trunc(center - reach + 0.5), 0);
    const end = Math.min(Math.trunc(center + reach + 0.5), from);
    const values = Array.from({ length: end - first }, (_, i) => at((i + first - center + 0.5) / stretch));
    const sum = values.reduce((a, b) => a + b, 0);
    return { first, values: values.map((value) => value / sum) };
  });
}

/**
 * Weights of the two nearest pixels.
 *
 * @param align `centers`: output pixel i lies at (i + 0.5) from / to - 0.5, as in PyTorch's `interpolate` with
 *   `align_corners=False`; `corners`: at i from / to, as in TensorFlow 1's `resize_bilinear`
 */
export function bilinearWeights(from: number, to: number, align: 'centers' | 'corners'): AxisWeights {
  // Places are computed in single precision, as in both programs.
  const round = Math.fround;
  const scale = round(from / to);
  return axisWeights(to, 2, (out) => {
    const place = align === 'corners' ? round(out * scale) : Math.max(round(round((out + 0.5) * scale) - 0.5), 0);
    const first = Math.min(Math.floor(place), from - 1);
    const rest = round(place - first);
    return { first, values: first + 1 < from ? [1 - rest, rest] : [1] };
  });
}

function axisWeights(
  length: number,
  size: number,
  weightsOf: (out: number) => { first: number; values: readonly number[] },
): AxisWeights {
  const weights: AxisWeights = {
    length,
    first: new Int32Array(length),
    count: new Int32Array(length),
    values: new Float64Array(length * size),
    size,
  };
  for (let out = 0; out < length; out++) {
    const { first, values } = weightsOf(out);
    weights.first[out] = first;
    weights.count[out] = values.length;
    weights.values.set(values, out * size);
  }
  return weights;
}
