import { broadcastDims, type Builder } from './builder.js';
import { block, fillScalar, fromBlocked, isOnlyBlocked, toBlocked, toPlain } from './layout.js';
import { type GraphValue, type LoweredTensor, sizeOf } from './lowered-tensor.js';
import { perChannel } from './normalization-space.js';

/**
 * Applies `f` to one operand in its current layout.
 *
 * @param plainOnly never use the blocked layout: for results that cannot be blocked, or that depend on the order
 */
export function mapUnary(
  b: Builder,
  x: LoweredTensor,
  f: (value: GraphValue) => GraphValue,
  plainOnly = false,
): LoweredTensor {
  if (isOnlyBlocked(x) && !plainOnly) {
    const value = f(toBlocked(b, x));
    return { shape: x.shape, dtype: value.type as LoweredTensor['dtype'], blocked: value };
  }
  const value = f(toPlain(b, x));
  return { shape: x.shape, dtype: value.type as LoweredTensor['dtype'], plain: value };
}

type Role = 'full' | 'scalar' | 'channel' | 'pixel' | 'other';

/** How an operand of an [N,H,W,C] operation aligns with the blocked layout. */
function roleOf(shape: readonly number[], out: readonly number[]): Role {
  if (sizeOf(shape) === 1) return 'scalar';
  const aligned = [...Array<number>(4 - shape.length).fill(1), ...shape];
  if (aligned.every((d, i) => d === out[i])) return 'full';
  const [n, h, w, c] = aligned as [number, number, number, number];
  if (n !== 1 && n !== out[0]) return 'other';
  if (h === 1 && w === 1 && (c === 1 || c === out[3])) return 'channel';
  return h === out[1] && w === out[2] && c === 1 ? 'pixel' : 'other';
}

/** Expands a per-sample or per-channel operand to one number per (sample, channel): [N*C]. */
function perSampleChannel(b: Builder, x: LoweredTensor, out: readonly number[]): GraphValue {
  const shape = [...Array<number>(4 - x.shape.length).fill(1), ...x.shape];
  const [n, c] = [out[0]!, out[3]!];
  return b.view(b.expand(toPlain(b, x, [shape[0]!, shape[3]!]), [n, c]), [n * c]);
}

/** An operand of any role that broadcasts with the blocks of an image: [N, C / block, pixels, block]. */
function broadcastBlocks(b: Builder, x: LoweredTensor, role: Role, [n, h, w, c]: readonly number[]): GraphValue {
  if (x.fill !== undefined && !x.plain) return fillScalar(b, x);
  if (role === 'scalar') return toPlain(b, x, [1]);
  if (role === 'full') return b.view(toBlocked(b, x), [n!, c! / b.block, h! * w!, b.block]);
  const [samples, , , channels] = [...Array<number>(4 - x.shape.length).fill(1), ...x.shape];
  if (role === 'pixel') return toPlain(b, x, [samples!, 1, h! * w!, 1]);
  return toPlain(b, x, channels === 1 ? [samples!, 1, 1, 1] : [samples!, c! / b.block, 1, b.block]);
}

/** An operand that broadcasts with NCHW. */
function broadcastNchw(b: Builder, x: LoweredTensor, out: readonly number[]): GraphValue {
  if (x.fill !== undefined && !x.plain) return fillScalar(b, x);
  if (sizeOf(x.shape) === 1) return toPlain(b, x, [1]);
  if (sizeOf(x.shape) === sizeOf(out) && x.shape.length === 4) return toBlocked(b, x);
  const aligned = [...Array<number>(4 - x.shape.length).fill(1), ...x.shape];
  return block(b, toPlain(b, x, aligned));
}

/** An operand that broadcasts in row-major order. A fill needs one element only. */
function operand(b: Builder, x: LoweredTensor, dims: readonly number[]): GraphValue {
  if (x.fill !== undefined && !x.plain) return fillScalar(b, x);
  // A single element broadcasts without a view.
  if (x.plain && sizeOf(x.shape) === 1 && x.plain.dims.length <= 1) return x.plain;
  return toPlain(b, x, dims);
}

/**
 * The dimensions of operands that broadcast, with neighboring axes merged where all operands allow it. onnxruntime computes a run of
 * the last axes at a time, and [64,32,32,1] with one element would be 65,536 runs of one number.
 */
function mergedDims(shapes: readonly (readonly number[])[], out: readonly number[]): (readonly number[])[] {
  const isWhole = (shape: readonly number[]) => shape.length === out.length && shape.every((d, i) => d === out[i]);
  if (shapes.every(isWhole)) return [...shapes];
  const aligned = shapes.map((shape) => [...Array<number>(out.length - shape.length).fill(1), ...shape]);
  const merged: number[][] = shapes.map(() => []);
  let before = '';
  for (const [axis, length] of out.entries()) {
    if (length === 1) continue;
    const lengths = aligned.map((shape) => shape[axis]!);
    const pattern = lengths.map((d) => (d === 1 ? '1' : 'n')).join('');
    for (const [i, dims] of merged.entries()) {
      if (pattern === before) dims[dims.length - 1]! *= lengths[i]!;
      else dims.push(lengths[i]!);
    }
    before = pattern;
  }
  return merged.map((dims) => (dims.length === 0 ? [1] : dims));
}

/**
 * An elementwise operation on several operands with broadcasting. It runs in the blocked layout if an operand has only that
 * form and the others align with it. Elementwise results are the same in either layout. Integers stay in row-major order.
 *
 * @param perChannelForm an optional faster form for an image and one number per (sample, channel)
 */
export function mapBroadcast(
  b: Builder,
  inputs: LoweredTensor[],
  shape: readonly number[],
  f: (values: GraphValue[]) => GraphValue,
  perChannelForm?: (x: GraphValue, channel: GraphValue) => GraphValue | null,
): LoweredTensor {
  const hasIntegers = inputs.some((x) => x.dtype === 'int32');
  if (shape.length === 4 && !hasIntegers && inputs.some((x) => isOnlyBlocked(x) && sizeOf(x.shape) === sizeOf(shape))) {
    if (b.block === 1) return fromBlocked(f(inputs.map((x) => broadcastNchw(b, x, shape))));
    const roles = inputs.map((x) => roleOf(x.shape, shape));
    if (!roles.includes('other')) {
      if (roles.includes('pixel')) {
        const value = f(inputs.map((x, i) => broadcastBlocks(b, x, roles[i]!, shape)));
        return fromBlocked(b.view(value, [shape[0]!, shape[3]!, shape[1]!, shape[2]!]));
      }
      const channelAt = roles.indexOf('channel');
      if (channelAt < 0) {
        const values = inputs.map((x, i) =>
          x.fill !== undefined && !x.plain
            ? fillScalar(b, x)
            : roles[i] === 'full'
              ? toBlocked(b, x)
              : toPlain(b, x, [1]),
        );
        return fromBlocked(f(values));
      }
      if (perChannelForm && inputs.length === 2 && roles[1 - channelAt] === 'full') {
        const value = perChannelForm(
          toBlocked(b, inputs[1 - channelAt]!),
          perSampleChannel(b, inputs[channelAt]!, shape),
        );
        if (value) return fromBlocked(value);
      }
    }
  }
  const shapes = inputs.map((x) => (x.fill !== undefined && !x.plain ? [1] : x.shape));
  const whole = shapes.reduce(broadcastDims);
  const dims = mergedDims(shapes, whole);
  let value = b.view(f(inputs.map((x, i) => operand(b, x, dims[i]!))), whole);
  value = sizeOf(whole) === sizeOf(shape) ? b.view(value, shape) : b.expand(value, shape);
  return { shape, dtype: value.type as LoweredTensor['dtype'], plain: value };
}

/** Adds or multiplies per-channel numbers in one pass. The result is exact: a fused multiply-add with 1 or 0 rounds once. */
export const addPerChannel = (b: Builder) => (x: GraphValue, channel: GraphValue) =>
  x.type === 'float32' ? perChannel(b, x, { bias: channel }) : null;
export const scalePerChannel = (b: Builder) => (x: GraphValue, channel: GraphValue) =>
  x.type === 'float32' ? perChannel(b, x, { scale: channel }) : null;
