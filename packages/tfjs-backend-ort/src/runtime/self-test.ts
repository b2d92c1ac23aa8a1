import { Builder } from '../lower/builder.js';
import { cpuDialect } from '../lower/dialect.js';
import { convolve } from '../lower/conv.js';
import { plain } from '../lower/layout.js';
import { writeModel } from '../onnx/model.js';
import { Session, wrap } from './binding.js';

const X = [2, 5, 4, 32];
const W = [3, 3, 32, 32];
const GEOMETRY = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] } as const;

let found: number | undefined;

/**
 * The channel block of onnxruntime's blocked convolutions on this CPU: 16, 8, or 0 where they do not work. It is not
 * documented, and a wrong guess gives wrong numbers without an error, so each candidate is compared with the plain
 * convolution on a small example.
 */
export function detectChannelBlock(candidates: readonly number[] = [16, 8]): number {
  return (found ??= candidates.find(works) ?? 0);
}

/** A block that was asked for. A wrong one would give wrong numbers without an error. */
export function checkedBlock(block: number): number {
  if (block !== 0 && !works(block)) {
    throw new Error(
      `channelBlock ${block} does not work on this CPU: blocked convolutions disagree with plain ones. Use 'auto' or 0.`,
    );
  }
  return block;
}

/** Whether the blocked convolution with this block agrees with the plain one. */
export function works(block: number): boolean {
  try {
    const expected = run(0);
    return run(block).every((value, i) => Math.abs(value - expected[i]!) < 1e-3);
  } catch {
    // This build of onnxruntime, or this CPU, has no such operator.
    return false;
  }
}

function run(block: number): Float32Array {
  const b = new Builder(cpuDialect(block));
  const input = (name: string, dims: number[]) => b.logical({ name, dims, type: 'float32' as const });
  const x = input('x', X);
  const shape = [2, 5, 4, 32];
  const y = plain(b, convolve(b, x, input('w', W), undefined, GEOMETRY, shape));
  const info = (name: string, dims: readonly number[]) => ({ name, dims, type: 'float32' as const });
  const model = writeModel({
    nodes: b.nodes,
    initializers: b.initializers,
    inputs: [info('x', X), info('w', W)],
    outputs: [info(y.name, y.dims)],
  });
  const session = new Session(model, { threads: 1 });
  const pattern = (dims: readonly number[]) =>
    wrap(
      'float32',
      Float32Array.from({ length: dims.reduce((p, d) => p * d, 1) }, (_, i) => ((i * 37) % 23) / 23 - 0.5),
      dims,
    );
  const out = new Float32Array(shape.reduce((p, d) => p * d, 1));
  session.run({ x: pattern(X), w: pattern(W) }, { [y.name]: wrap('float32', out, y.dims) });
  session.dispose();
  return out;
}
