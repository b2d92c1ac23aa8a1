import type { Builder } from './builder.js';
import type { Geometry } from './geometry.js';
import { NCHWC } from './graph-writer.js';
import type { GraphValue } from './lowered-tensor.js';
import { perChannel } from './normalization-space.js';

/**
 * Winograd's minimal filtering F(m,3) along the height: m rows of the result of a 3x3 convolution take m + 2 products of rows
 * instead of 3 m (Winograd 1980; Lavin & Gray 2016, Section 4). Every product is a convolution with a kernel of one row. It is
 * the transposed Toom-Cook product of polynomials: rows d_0..d_{m+1} of the image and g_0..g_2 of the kernel are evaluated at 0,
 * at pairs of points p and -p, and at infinity,
 *
 *   u_p = g_0 + p g_1 + p^2 g_2,   v_p = sum_j B_pj d_j,   m_p = v_p u_p,   y_j = sum_p p^j m_p,
 *
 * where B_p are the coefficients of the polynomial that is 1 at p and 0 at the other points (at infinity: of the one that is 0
 * at all of them). For example F(2,3), with the points 0, 1, -1 and infinity, is
 *
 *   m_0 = (d0 - d2) g0,  m_1 = (d1 + d2)/2 (g0 + g1 + g2),  m_-1 = (d2 - d1)/2 (g0 - g1 + g2),  m_inf = (d3 - d1) g2
 *   y0 = m_0 + m_1 + m_-1,  y1 = m_1 - m_-1 + m_inf
 *
 * Along one axis, the combinations are cheap passes over whole rows and lose little precision: the error of a convolution grows
 * by a factor of 1.3 with F(2,3), and of 2.3 with F(4,3) and the points chosen here.
 */
export interface RowFilter {
  /** m, the number of rows of the result that are computed together. */
  rows: number;
  /** p of each pair of points. Values at points are ordered 0, p, -p, ..., infinity. */
  pairs: readonly number[];
  /** B, one line per point. */
  image: readonly (readonly number[])[];
}

function rowFilter(pairs: readonly number[]): RowFilter {
  const points = [0, ...pairs.flatMap((p) => [p, -p])];
  const zeroAt = (roots: readonly number[]) =>
    roots.reduce((poly, root) => plus([0, ...poly], scaled([...poly, 0], -root)), [1]);
  const oneAt = (point: number) => {
    const others = points.filter((other) => other !== point);
    const poly = zeroAt(others);
    return [...scaled(poly, 1 / others.reduce((product, other) => product * (point - other), 1)), 0];
  };
  return { rows: 2 * pairs.length, pairs, image: [...points.map(oneAt), zeroAt(points)] };
}

const plus = (x: readonly number[], y: readonly number[]) => x.map((v, i) => v + y[i]!);
const scaled = (x: readonly number[], factor: number) => x.map((v) => v * factor);

const TWO_ROWS = rowFilter([1]);
const FOUR_ROWS = rowFilter([3 / 4, 3 / 2]);

/** The size from which on the algorithm is faster than a plain convolution. */
export interface Threshold {
  /** Number of input channels, and of output channels. */
  channels: number;
  /** Number of pixels of all samples. */
  pixels: number;
}

/** Thresholds by the number of rows that are computed together. */
export interface Thresholds {
  two: Threshold;
  four: Threshold;
}

const CONVOLUTION: Thresholds = { two: { channels: 128, pixels: 512 }, four: { channels: 64, pixels: 1024 } };

/**
 * Chooses the algorithm that computes several rows of a convolution from `input` [N,H,W,I] to O channels together. Null if that
 * is not faster, or if the convolution is not 3x3 with stride 1 and an output of the same size.
 */
export function rowFilterOf(
  b: Builder,
  input: readonly number[],
  outputs: number,
  { kernel, strides, dilations, pads }: Geometry,
  thresholds: Thresholds = CONVOLUTION,
): RowFilter | null {
  const [n, h, w, i] = input as [number, number, number, number];
  const same = kernel.every((k) => k === 3) && [...strides, ...dilations, ...pads].every((v) => v === 1);
  if (b.block < 2 || !same || [i, outputs].some((c) => c % b.block !== 0)) return null;
  const reaches = ({ channels, pixels }: Threshold) => Math.min(i, outputs) >= channels && n * h * w >= pixels;
  if (h % 4 === 0 && reaches(thresholds.four)) return FOUR_ROWS;
  return h % 2 === 0 && reaches(thresholds.two) ? TWO_ROWS : null;
}

/**
 * Computes one row for every group of `every` rows of a blocked [N,C,H,W]: the sum of the group's rows from `from` on, times
 * `factors`. Rows above and below the image are zeros.
 */
function combineRows(
  b: Builder,
  x: GraphValue,
  factors: readonly number[],
  { every, from }: { every: number; from: number },
): GraphValue {
  const [n, c, h, w] = x.dims as [number, number, number, number];
  const last = factors.findLastIndex((f) => f !== 0);
  // A convolution cannot start below the first row, so leading zero factors are skipped only where it pads.
  const skipped = Math.min(
    factors.findIndex((f) => f !== 0),
    Math.max(-from, 0),
  );
  const used = factors.slice(skipped, last + 1);
  const apart = used.every((f, i) => i % 2 === 0 || f === 0) ? 2 : 1;
  const taps = used.filter((_, i) => i % apart === 0);
  const kernels = b.namedFloats(`rows ${c} ${b.block} ${taps.join()}`, [c, 1, taps.length, 1], () =>
    Array.from({ length: taps.length * c }, (_, i) => taps[Math.floor(i / b.block) % taps.length]!),
  );
  const top = -(from + skipped);
  const bottom = Math.max(from + last + 1 - every, 0);
  return b.node('Conv', [x, kernels], [n, c, h / every, w], {
    domain: NCHWC,
    attributes: {
      kernel_shape: [taps.length, 1],
      dilations: [apart, 1],
      strides: [every, 1],
      pads: [top, 0, bottom, 0],
      group: c,
    },
  });
}

/** Computes v at each point for every m rows of a blocked [N,C,H,W]: [N,C,H/m,W] each. */
export function combineImageRows(b: Builder, x: GraphValue, { rows, image }: RowFilter): GraphValue[] {
  // Of the m + 2 rows, the first is above those of the result.
  return image.map((factors) => combineRows(b, x, factors, { every: rows, from: -1 }));
}

/** Computes the gradients of the products m from that of the result, for every m rows: sum_j p^j dy_j. */
export function combineGradientRows(b: Builder, dy: GraphValue, { rows, pairs }: RowFilter): GraphValue[] {
  const powers = (p: number) => Array.from({ length: rows }, (_, j) => p ** j);
  const infinity = powers(0).reverse();
  const lines = [powers(0), ...pairs.flatMap((p) => [powers(p), powers(-p)]), infinity];
  return lines.map((factors) => combineRows(b, dy, factors, { every: rows, from: 0 }));
}

/** Computes u at each point from kernel rows [3, ...]. The results lack the first axis. */
export function combineKernelRows(b: Builder, rows: GraphValue, { pairs }: RowFilter): GraphValue[] {
  const [g0, g1, g2] = [0, 1, 2].map((k) => b.view(b.slice(rows, 0, k, k + 1), rows.dims.slice(1))) as [
    GraphValue,
    GraphValue,
    GraphValue,
  ];
  const values = pairs.flatMap((p) => {
    const [even, odd] = [b.binary('Add', g0, times(b, g2, p ** 2)), times(b, g1, p)];
    return [b.binary('Add', even, odd), b.binary('Sub', even, odd)];
  });
  return [g0, ...values, g2];
}

/** Computes the gradients of kernel rows g_0..g_2 from those of u at each point. */
export function kernelRowsGradient(b: Builder, gradients: readonly GraphValue[], { pairs }: RowFilter): GraphValue[] {
  const [atZero, atInfinity] = [gradients[0]!, gradients.at(-1)!];
  const sums = sumsAndDifferences(b, gradients.slice(1, -1), pairs);
  const total = (power: number, begin: GraphValue | null) =>
    sums.reduce((rest: GraphValue | null, { p, sum, difference }) => {
      const term = times(b, power % 2 === 0 ? sum : difference, p ** power);
      return rest ? b.binary('Add', rest, term) : term;
    }, begin)!;
  return [total(0, atZero), total(1, null), total(2, atInfinity)];
}

const times = (b: Builder, x: GraphValue, factor: number) =>
  factor === 1 ? x : b.binary('Mul', x, b.floats([factor]));

/** For each pair of points, the sum and the difference of the values at p and -p. */
const sumsAndDifferences = (b: Builder, values: readonly GraphValue[], pairs: readonly number[]) =>
  pairs.map((p, i) => {
    const [positive, negative] = [values[2 * i]!, values[2 * i + 1]!];
    return { p, sum: b.binary('Add', positive, negative), difference: b.binary('Sub', positive, negative) };
  });

/**
 * The convolution of a blocked [N,C,H,W].
 *
 * @param kernels u at each point, each [O,C,1,3] blocked
 * @param bias [O]
 */
export function convolveByRows(
  b: Builder,
  x: GraphValue,
  kernels: readonly GraphValue[],
  bias: GraphValue | null,
  filter: RowFilter,
): GraphValue {
  const { rows, pairs } = filter;
  const images = combineImageRows(b, x, filter);
  const [n, , h, w] = x.dims as [number, number, number, number];
  const o = kernels[0]!.dims[0]!;
  const product = (point: number, sum: GraphValue | null) => {
    const added = point === 0 || point === rows + 1 ? bias : null;
    const inputs = [images[point]!, kernels[point]!, ...(added || sum ? [added] : []), ...(sum ? [sum] : [])];
    return b.node('Conv', inputs, [n, o, h / rows, w], {
      domain: NCHWC,
      attributes: { kernel_shape: [1, 3], pads: [0, 1, 0, 1] },
    });
  };
  const products = Array.from({ length: rows }, (_, i) => product(i + 1, null));
  const sums = sumsAndDifferences(b, products, pairs);
  const perSample = bias && b.expand(b.view(bias, [1, o]), [n, o]);
  const line = (j: number) => {
    const outer = j === 0 || j === rows - 1;
    const total = sums.reduce((rest: GraphValue | null, { p, sum, difference }) => {
      const term = j % 2 === 0 ? sum : difference;
      if (rest === null && !(perSample && !outer)) return times(b, term, p ** j);
      const scale = p ** j === 1 ? undefined : b.expand(b.floats([p ** j]), [n * o]);
      if (rest === null) return perChannel(b, term, { scale, bias: perSample! });
      return scale ? perChannel(b, term, { scale, sum: rest }) : b.binary('Add', rest, term);
    }, null)!;
    return outer ? product(j === 0 ? 0 : rows + 1, total) : total;
  };
  const row = [(n * o * h) / (rows * b.block), 1, w * b.block];
  const lines = Array.from({ length: rows }, (_, j) => b.view(line(j), row));
  return b.view(b.concat(lines, 1), [n, o, h, w]);
}
