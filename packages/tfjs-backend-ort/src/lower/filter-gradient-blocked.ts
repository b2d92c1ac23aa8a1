import type { Builder } from './builder.js';
import type { Geometry } from './geometry.js';
import { NCHWC } from './graph-writer.js';
import { canBlock, toBlocked, toPlain, unblock } from './layout.js';
import type { GraphValue, LoweredTensor } from './lowered-tensor.js';

/**
 * The gradient with respect to the weights [kh,kw,I,O] as a blocked convolution, which is as fast as the forward pass. Null if
 * the shapes do not allow it.
 *
 * The gradient contracts over pixels, and a blocked convolution contracts over channels and over its kernel. So pixels become
 * channels: a block of P "channels" is P pixels of one row (or of the same row of several small samples), samples are further
 * blocks, and the kernel's two axes run over the rows and over the blocks of a row. One operand, `fixed`, acts as the weights:
 * its own blocked layout [.., rows, pixels, P channels] is already that of a convolution's weights. The other, `moving`, acts
 * as the image, which is P times as wide as its number of channels. Position (k, channel) of the output row kr is the gradient
 * for the tap (kr, k).
 */
export function filterGradientBlocked(
  b: Builder,
  x: LoweredTensor,
  dy: LoweredTensor,
  geometry: Geometry,
  shape: readonly number[],
): LoweredTensor | null {
  const plan = planOf(b, x, dy, geometry);
  if (!plan) return null;
  const { swapped, moving, fixed, kernel, strides, top, bottom } = plan;
  const [n, h, , c] = moving.shape as [number, number, number, number];
  const [, rows, , d] = fixed.shape as [number, number, number, number];
  const P = b.block;
  const { together, columns } = plan.pixels;
  const [channelBlocks, channels] = c % P === 0 ? [c / P, P] : [1, c];
  const image = b.view(movingPixels(b, plan), [channelBlocks, (n / together) * P, h, plan.shifts * channels]);
  const weights = b.view(fixedPixels(b, plan), [d, (n / together) * P, rows, columns]);
  const out = b.node('Conv', [image, weights], [channelBlocks, d, kernel[0], kernel[1] * channels], {
    domain: NCHWC,
    attributes: {
      kernel_shape: [rows, columns],
      dilations: [strides[0], strides[1] * channels],
      pads: [top, 0, bottom, 0],
    },
  });
  const taps = kernel[0] * kernel[1];
  const ordered = weightsInOrder(b, out, [channelBlocks, d / P, taps, channels, P], swapped);
  // If dy moved over x instead of x over dy, the taps are in reverse order.
  const inOrder = swapped ? b.reverse(ordered) : ordered;
  return b.tensor(b.view(inOrder, shape), shape);
}

/** [blocks of c, blocks of d, taps, c, d] to [taps, c, d], or to [taps, d, c]. */
function weightsInOrder(b: Builder, out: GraphValue, dims: readonly number[], swapped: boolean): GraphValue {
  const [cBlocks, dBlocks, taps, c, P] = dims as [number, number, number, number, number];
  if (c !== P) {
    const order = b.transpose(b.view(out, dims), swapped ? [2, 1, 4, 0, 3] : [2, 0, 3, 1, 4]);
    return b.view(order, swapped ? [taps, dBlocks * P, cBlocks * c] : [taps, cBlocks * c, dBlocks * P]);
  }
  // The same with fast operators: transpose each block, sort whole blocks, and let ReorderOutput join them.
  const transposed = swapped
    ? b.node('ReorderInput', [b.view(out, [cBlocks * dBlocks * taps, P, 1, P])], [cBlocks * dBlocks * taps, P, 1, P], {
        domain: NCHWC,
      })
    : out;
  const [rows, columns] = swapped ? [dBlocks, cBlocks] : [cBlocks, dBlocks];
  const sorted = b.transpose(
    b.view(transposed, [cBlocks, dBlocks, taps, P * P]),
    swapped ? [2, 1, 0, 3] : [2, 0, 1, 3],
  );
  return b.view(unblock(b, b.view(sorted, [taps * rows, columns * P, 1, P]), columns * P), [
    taps,
    rows * P,
    columns * P,
  ]);
}

const MIN_POINTWISE_CHANNELS = 128;

interface GradientPlan {
  /** Whether dy moves over x. That is cheaper if dy has fewer channels, because the moving operand is copied for each shift. */
  swapped: boolean;
  moving: LoweredTensor;
  fixed: LoweredTensor;
  kernel: readonly [number, number];
  strides: readonly [number, number];
  /** Padding of `moving`. */
  top: number;
  bottom: number;
  left: number;
  pixels: { together: number; columns: number };
  /** Number of blocks of shifted pixels that each row of `moving` becomes. */
  shifts: number;
}

function planOf(
  b: Builder,
  x: LoweredTensor,
  dy: LoweredTensor,
  { kernel, strides, dilations, pads }: Geometry,
): GradientPlan | null {
  if (b.block < 2 || dilations.some((v) => v !== 1)) return null;
  // Without shifts that share the work, sorting the pixels of few channels costs more than the product gains.
  const channels = Math.min(x.shape[3]!, dy.shape[3]!);
  if (kernel[0] * kernel[1] === 1 && channels < MIN_POINTWISE_CHANNELS) return null;
  const isNarrow = (side: LoweredTensor) => side.shape[3]! % b.block !== 0 && side.shape[3]! < b.block;
  const canMove = (side: LoweredTensor) => canBlock(b, side.shape) || isNarrow(side);
  const unit = strides.every((s) => s === 1);
  const swapped = unit && canBlock(b, x.shape) && canMove(dy) && (dy.shape[3]! < x.shape[3]! || !canBlock(b, dy.shape));
  const [moving, fixed] = swapped ? [dy, x] : [x, dy];
  if (!canBlock(b, fixed.shape) || !canMove(moving)) return null;
  const pixels = pixelBlocks(b.block, fixed.shape[0]!, fixed.shape[2]!);
  if (!pixels) return null;
  const [top, left] = swapped ? [kernel[0] - 1 - pads[0], kernel[1] - 1 - pads[1]] : [pads[0], pads[1]];
  const bottom = strides[0] * (fixed.shape[1]! - 1) + kernel[0] - moving.shape[1]! - top;
  if (top < 0 || bottom < 0) return null;
  const shifts = strides[1] * (pixels.columns - 1) + kernel[1];
  return { swapped, moving, fixed, kernel, strides, top, bottom, left, pixels, shifts };
}

/**
 * How the pixels of a row of `width` fill blocks of P. There are `columns` blocks, and pixel v is number floor(v / columns) of
 * block v % columns. If a row is shorter than a block, one block contains the rows of `together` samples.
 */
function pixelBlocks(P: number, samples: number, width: number): GradientPlan['pixels'] | null {
  if (width % P === 0) return { together: 1, columns: width / P };
  if (P % width === 0 && samples % (P / width) === 0) return { together: P / width, columns: 1 };
  return null;
}

/** `fixed` as [blocks of d, samples, rows, columns, P pixels, P channels]. */
function fixedPixels(b: Builder, { fixed, pixels: { together, columns } }: GradientPlan): GraphValue {
  const [n, h, w, d] = fixed.shape as [number, number, number, number];
  const P = b.block;
  const value = toBlocked(b, fixed);
  if (together > 1) {
    return b.transpose(b.view(value, [n / together, together, d / P, h, w * P]), [2, 0, 3, 1, 4]);
  }
  if (columns === 1) return b.transpose(b.view(value, [n, d / P, h * w * P]), [1, 0, 2]);
  return b.transpose(b.view(value, [n, d / P, h, P, columns, P]), [1, 0, 2, 4, 3, 5]);
}

/**
 * `moving` as [blocks of c, samples, rows, shifts, channels, P pixels]. Block `shift` of a row contains the pixels that align
 * with pixel block `shift` of a `fixed` shifted to the left border, and zeros outside the row. A convolution with a single 1 in
 * every kernel copies them, which no other operator does in one pass.
 */
function movingPixels(b: Builder, plan: GradientPlan): GraphValue {
  const { moving, fixed, left, strides, shifts } = plan;
  const { together, columns } = plan.pixels;
  const [, , w, c] = moving.shape as [number, number, number, number];
  const P = b.block;
  const channels = c % P === 0 ? P : c;
  const rows = movingRows(b, plan);
  const count = rows.dims.reduce((x, y) => x * y, 1) / (channels * together * w);
  const line = together * w;
  const kernels = b.namedFloats(
    `pixels ${P} ${together} ${columns} ${w} ${fixed.shape[2]} ${left} ${strides[1]} ${shifts}`,
    [shifts * P, 1, 1, line],
    () => {
      const values = new Array<number>(shifts * P * line).fill(0);
      for (let shift = 0; shift < shifts; shift++) {
        for (let p = 0; p < P; p++) {
          const [image, v] = together > 1 ? [Math.floor(p / fixed.shape[2]!), p % fixed.shape[2]!] : [0, p * columns];
          const column = strides[1] * v + shift - left;
          // The layout of the weights of a convolution with few input channels: [blocks, taps, P].
          if (column >= 0 && column < w) values[(shift * line + image * w + column) * P + p] = 1;
        }
      }
      return values;
    },
  );
  return b.node('Conv', [b.view(rows, [count, 1, 1, channels * line]), kernels], [count, shifts * P, 1, channels], {
    domain: NCHWC,
    attributes: { kernel_shape: [1, line], strides: [1, line] },
  });
}

/** `moving` as [blocks of c, samples, rows, channels, adjacent samples, w]. */
function movingRows(b: Builder, { moving, pixels: { together } }: GradientPlan): GraphValue {
  const [n, h, w, c] = moving.shape as [number, number, number, number];
  const P = b.block;
  if (c % P !== 0) {
    const pixels = toPlain(b, moving, [n / together, together, h, w, c]);
    return b.transpose(pixels, [0, 2, 4, 1, 3]);
  }
  const value = toBlocked(b, moving);
  const blocks = c / P;
  const sorted =
    together > 1
      ? b.transpose(b.view(value, [n / together, together, blocks, h, w * P]), [2, 0, 3, 1, 4])
      : b.transpose(b.view(value, [n, blocks, h * w * P]), [1, 0, 2]);
  const lines = [blocks * (n / together) * h, P, 1, together * w];
  return b.node('ReorderOutput', [b.view(sorted, lines)], lines, {
    domain: NCHWC,
    attributes: { channels: P, channels_last: 0 },
  });
}
