import type { Builder } from './builder.js';
import type { Geometry } from './conv.js';
import { NCHWC } from './graph-writer.js';
import type { GraphValue } from './logical.js';

/**
 * Winograd's minimal filtering F(2,3) along the height: two rows of the result of a 3x3 convolution take four products of
 * rows instead of six (Winograd 1980; Lavin & Gray 2016, section 4.1). With rows d0..d3 of the image and g0..g2 of the
 * kernel, where every product is a convolution with a kernel of one row:
 *
 *   m0 = (d0 - d2) g0,  m1 = (d1 + d2) (g0 + g1 + g2)/2,  m2 = (d2 - d1) (g0 - g1 + g2)/2,  m3 = (d1 - d3) g2
 *   y0 = m0 + m1 + m2,  y1 = m1 - m2 - m3
 *
 * Along one axis only, the combinations are cheap passes over whole rows, and lose no precision to speak of.
 */

/** What makes it worth the combinations: this many channels on either side, and pixels of all samples. */
export interface Threshold {
  channels: number;
  pixels: number;
}

const CONVOLUTION: Threshold = { channels: 128, pixels: 512 };

/**
 * Whether a convolution from `input` [N,H,W,I] to O channels is worth it: 3x3, stride 1, same size, even height.
 */
export function savesProducts(
  b: Builder,
  input: readonly number[],
  outputs: number,
  { kernel, strides, dilations, pads }: Geometry,
  threshold = CONVOLUTION,
): boolean {
  const [n, h, w, i] = input as [number, number, number, number];
  const wide = [i, outputs].every((c) => c >= threshold.channels && c % b.block === 0);
  const same = kernel.every((k) => k === 3) && [...strides, ...dilations, ...pads].every((v) => v === 1);
  return b.block > 1 && wide && same && h % 2 === 0 && n * h * w >= threshold.pixels;
}

/** Two rows of every pair, `apart` rows from each other, with these factors: [N,C,H,W], blocked, to [N,C,H/2,W]. */
function combineRows(
  b: Builder,
  x: GraphValue,
  factors: readonly [number, number],
  { apart, top, bottom }: { apart: number; top: number; bottom: number },
): GraphValue {
  const [n, c, h, w] = x.dims as [number, number, number, number];
  const kernels = b.onceFloats(`rows ${c} ${b.block} ${factors.join()}`, [c, 1, 2, 1], () =>
    Array.from({ length: 2 * c }, (_, i) => factors[Math.floor(i / b.block) % 2]!),
  );
  return b.node('Conv', [x, kernels], [n, c, h / 2, w], {
    domain: NCHWC,
    attributes: { kernel_shape: [2, 1], dilations: [apart, 1], strides: [2, 1], pads: [top, 0, bottom, 0], group: c },
  });
}

/** d0 - d2, d1 + d2, d2 - d1, d1 - d3 for every pair of rows of a blocked [N,C,H,W]: four times [N,C,H/2,W]. */
export function combineImageRows(b: Builder, x: GraphValue): GraphValue[] {
  // Row 2t - 1 is d0: the rows above and below the image are zeros.
  const pair = (factors: readonly [number, number], apart: number, top: number, bottom: number) =>
    combineRows(b, x, factors, { apart, top, bottom });
  return [pair([1, -1], 2, 1, 0), pair([1, 1], 1, 0, 0), pair([-1, 1], 1, 0, 0), pair([1, -1], 2, 0, 1)];
}

/** The gradients of m0..m3 from that of the result: y0, y0 + y1, y0 - y1, -y1 for every pair of rows. */
export function combineGradientRows(b: Builder, dy: GraphValue): GraphValue[] {
  const factors = [
    [1, 0],
    [1, 1],
    [1, -1],
    [0, -1],
  ] as const;
  return factors.map((pair) => combineRows(b, dy, pair, { apart: 1, top: 0, bottom: 0 }));
}

/** The four combinations of kernel rows from [3, ...], without the first axis. */
export function combineKernelRows(b: Builder, rows: GraphValue): GraphValue[] {
  const [g0, g1, g2] = [0, 1, 2].map((k) => b.view(b.slice(rows, 0, k, k + 1), rows.dims.slice(1))) as [
    GraphValue,
    GraphValue,
    GraphValue,
  ];
  const half = b.floats([0.5]);
  const outer = b.binary('Mul', b.binary('Add', g0, g2), half);
  const inner = b.binary('Mul', g1, half);
  return [g0, b.binary('Add', outer, inner), b.binary('Sub', outer, inner), g2];
}

/**
 * The convolution of a blocked [N,C,H,W].
 *
 * @param kernels the combinations of kernel rows, each [O,C,1,3] blocked
 * @param bias [O]
 */
export function convolveByRowPairs(
  b: Builder,
  x: GraphValue,
  kernels: readonly GraphValue[],
  bias: GraphValue | null,
): GraphValue {
  const [v0, v1, v2, v3] = combineImageRows(b, x) as [GraphValue, GraphValue, GraphValue, GraphValue];
  const [u0, u1, u2, u3] = kernels as [GraphValue, GraphValue, GraphValue, GraphValue];
  const [n, , h, w] = x.dims as [number, number, number, number];
  const o = u0.dims[0]!;
  const product = (rows: GraphValue, kernel: GraphValue, bias: GraphValue | null, sum: GraphValue | null) => {
    const inputs = [rows, kernel, ...(bias || sum ? [bias] : []), ...(sum ? [sum] : [])];
    return b.node('Conv', inputs, [n, o, h / 2, w], {
      domain: NCHWC,
      attributes: { kernel_shape: [1, 3], pads: [0, 1, 0, 1] },
    });
  };
  const m1 = product(v1, u1, null, null);
  const m2 = product(v2, u2, null, null);
  const even = product(v0, u0, bias, b.binary('Add', m1, m2));
  const odd = product(v3, b.unary('Neg', u3), bias, b.binary('Sub', m1, m2));
  const row = [(n * o * h) / (2 * b.block), 1, w * b.block];
  return b.view(b.concat([b.view(even, row), b.view(odd, row)], 1), [n, o, h, w]);
}
