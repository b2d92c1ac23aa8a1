import type { Builder } from '../lower/builder.js';
import { convolve } from '../lower/convolution.js';
import { filterGradientBlocked } from '../lower/filter-gradient-blocked.js';
import { NCHWC } from '../lower/graph-writer.js';
import { block, toBlocked, toPlain, toPlanes, unblock } from '../lower/layout.js';
import type { GraphValue } from '../lower/lowered-tensor.js';
import { perChannel } from '../lower/normalization-space.js';
import { silu } from '../lower/silu.js';
import { rowKernels, weightBlocks } from '../lower/weight-blocks.js';
import { convolveByRows, rowFilterOf } from '../lower/winograd.js';

/** A test of one feature of onnxruntime: a small graph, and the numbers it must return, computed by plain arithmetic. */
export interface Probe {
  /** Dimensions of the inputs. */
  inputs: readonly (readonly number[])[];
  emit(b: Builder, inputs: GraphValue[]): GraphValue[];
  expected(inputs: readonly Float32Array[]): number[][];
}

/** Matrix products with either operand transposed. */
export const fusedMatMul: Probe = {
  inputs: [
    [2, 3, 5],
    [2, 3, 4],
    [2, 7, 5],
  ],
  emit: (b, [x, y, z]) => [b.matMul(x!, y!, true, false), b.matMul(x!, z!, false, true)],
  expected: ([x, y, z]) => [
    numbers([2, 5, 4], ([n, i, j]) => sum(3, (k) => x![n! * 15 + k * 5 + i!]! * y![n! * 12 + k * 4 + j!]!)),
    numbers([2, 3, 7], ([n, i, j]) => sum(5, (k) => x![n! * 15 + i! * 5 + k]! * z![n! * 35 + j! * 5 + k]!)),
  ],
};

export const quickGelu: Probe = {
  inputs: [[37]],
  emit: (b, [x]) => [silu(b, x!)],
  expected: ([x]) => [Array.from(x!, (v) => v / (1 + Math.exp(-v)))],
};

/** Images with unequal sides and several blocks of channels, so that a wrong block size or swapped axes are detected. */
const [N, H, W, C] = [2, 4, 6, 32] as const;
const at = (n: number, h: number, w: number, c: number) => ((n * H + h) * W + w) * C + c;
const GEOMETRY = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] } as const;

/** All operators that the lowering uses in the blocked layout. */
export const blockedLayout: Probe = {
  inputs: [[N, H, W, C], [3, 3, C, C], [C], [N * C]],
  emit: (b, [x, weights, bias, scale]) => {
    const image = b.tensor(x!);
    const blockedImage = block(b, x!);
    const dims = [N, C, H, W];
    const nchwc = (op: string, size: readonly number[], attributes: Record<string, number[] | string>) =>
      b.node(op, [blockedImage], [N, C, ...size], { domain: NCHWC, attributes });
    return [
      toPlain(b, convolve(b, image, b.tensor(weights!), b.tensor(bias!), GEOMETRY, [N, H, W, C])),
      toPlain(
        b,
        convolve(b, b.tensor(b.slice(x!, 3, 0, 5)), b.tensor(b.slice(weights!, 2, 0, 5)), undefined, GEOMETRY, [
          N,
          H,
          W,
          C,
        ]),
      ),
      unblock(
        b,
        perChannel(b, blockedImage, {
          scale: scale!,
          bias: scale!,
          sum: b.view(toBlocked(b, image), [1, N * C, 1, H * W]),
        }),
        C,
      ),
      unblock(b, nchwc('AveragePool', [H / 2, W / 2], { kernel_shape: [2, 2], strides: [2, 2] }), C),
      unblock(b, nchwc('Upsample', [H * 2, W * 2], { scales: [1, 1, 2, 2], mode: 'nearest' }), C),
      b.view(nchwc('GlobalAveragePool', [1, 1], {}), [N, C]),
      b.view(toPlanes(b, { shape: [N, H, W, C], dtype: 'float32', blocked: blockedImage }), dims),
    ];
  },
  expected: ([x, weights, bias, scale]) => {
    const convolved = (channels: number, offset: (o: number) => number) =>
      numbers([N, H, W, C], ([n, h, w, o]) => {
        let total = offset(o!);
        for (let i = 0; i < 3; i++) {
          for (let j = 0; j < 3; j++) {
            const [y, z] = [h! + i - 1, w! + j - 1];
            if (y < 0 || y >= H || z < 0 || z >= W) continue;
            total += sum(channels, (c) => x![at(n!, y, z, c)]! * weights![((i * 3 + j) * C + c) * C + o!]!);
          }
        }
        return total;
      });
    return [
      convolved(C, (o) => bias![o]!),
      convolved(5, () => 0),
      numbers([N, H, W, C], ([n, h, w, c]) => {
        const [value, factor] = [x![at(n!, h!, w!, c!)]!, scale![n! * C + c!]!];
        return value * factor + factor + value;
      }),
      numbers([N, H / 2, W / 2, C], ([n, h, w, c]) =>
        sum(4, (k) => x![at(n!, 2 * h! + (k >> 1), 2 * w! + (k & 1), c!)]! / 4),
      ),
      numbers([N, H * 2, W * 2, C], ([n, h, w, c]) => x![at(n!, h! >> 1, w! >> 1, c!)]!),
      numbers([N, C], ([n, c]) => sum(H * W, (k) => x![at(n!, 0, k, c!)]! / (H * W))),
      numbers([N, C, H, W], ([n, c, h, w]) => x![at(n!, h!, w!, c!)]!),
    ];
  },
};

const ALWAYS = { channels: 1, pixels: 1 };

/** In the blocked layout: the gradient with respect to the weights, and a convolution that computes several rows at once. */
export const blockedGradients: Probe = {
  inputs: [
    [2, 4, 32, 16],
    [2, 4, 32, 16],
    [3, 3, 16, 16],
  ],
  emit: (b, [x, dy, weights]) => {
    const [image, upstream] = [b.tensor(x!), b.tensor(dy!)];
    const filter = rowFilterOf(b, x!.dims, 16, GEOMETRY, { two: ALWAYS, four: ALWAYS });
    const kernels = filter && rowKernels(b, weightBlocks(b, b.tensor(weights!)), filter);
    return [
      toPlain(b, filterGradientBlocked(b, image, upstream, GEOMETRY, [3, 3, 16, 16])!),
      filter
        ? unblock(b, convolveByRows(b, block(b, x!), kernels!, null, filter), 16)
        : toPlain(b, convolve(b, image, b.tensor(weights!), undefined, GEOMETRY, x!.dims)),
    ];
  },
  expected: ([x, dy, weights]) => {
    const pixel = (values: Float32Array, n: number, h: number, w: number, c: number) =>
      h < 0 || h >= 4 || w < 0 || w >= 32 ? 0 : values[((n * 4 + h) * 32 + w) * 16 + c]!;
    return [
      numbers([3, 3, 16, 16], ([i, j, c, o]) =>
        sum(256, (k) => {
          const [n, h, w] = [k >> 7, (k >> 5) & 3, k & 31];
          return pixel(x!, n, h + i! - 1, w + j! - 1, c!) * pixel(dy!, n, h, w, o!);
        }),
      ),
      numbers([2, 4, 32, 16], ([n, h, w, o]) =>
        sum(9, (tap) => {
          const [i, j] = [Math.floor(tap / 3), tap % 3];
          return sum(16, (c) => pixel(x!, n!, h! + i - 1, w! + j - 1, c) * weights![(tap * 16 + c) * 16 + o!]!);
        }),
      ),
    ];
  },
};

export const size = (dims: readonly number[]) => dims.reduce((product, d) => product * d, 1);

function sum(count: number, term: (k: number) => number): number {
  let total = 0;
  for (let k = 0; k < count; k++) total += term(k);
  return total;
}

/** Builds an array in row-major order from a function of the position. */
function numbers(dims: readonly number[], value: (position: readonly number[]) => number): number[] {
  const position = dims.map(() => 0);
  return Array.from({ length: size(dims) }, () => {
    const result = value(position);
    for (let axis = dims.length - 1; axis >= 0 && ++position[axis]! === dims[axis]; axis--) position[axis] = 0;
    return result;
  });
}
