import type { OrtOptions } from '../options.js';
import { Builder } from '../lower/builder.js';
import { convolve } from '../lower/conv.js';
import { cpuDialect, cudaDialect, webgpuDialect, type Dialect } from '../lower/dialect.js';
import { blocked, block as toBlocked, plain, planes, unblock } from '../lower/layout.js';
import type { GraphValue } from '../lower/logical.js';
import { NCHWC } from '../lower/graph-writer.js';
import { perChannel } from '../lower/normalization-space.js';
import { swish } from '../lower/swish.js';
import { writeModel } from '../onnx/model.js';
import { Session, wrap } from './binding.js';
import type { Provider } from './provider.js';

/** One thing that onnxruntime has to do right: a small graph, and the numbers it must give, by plain arithmetic. */
interface Probe {
  /** Dimensions of the inputs. */
  inputs: readonly (readonly number[])[];
  emit(b: Builder, inputs: GraphValue[]): GraphValue[];
  expected(inputs: readonly Float32Array[]): number[][];
}

/** Graphics processors may multiply with 10 bits of mantissa (TF32); what is tested for is wrong by much more. */
const TOLERANCE: Record<Provider, number> = { cpu: 1e-4, webgpu: 3e-3, cuda: 3e-3 };

/** Matrix products with either operand transposed. */
const fusedMatMul: Probe = {
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

const quickGelu: Probe = {
  inputs: [[37]],
  emit: (b, [x]) => [swish(b, x!)],
  expected: ([x]) => [Array.from(x!, (v) => v / (1 + Math.exp(-v)))],
};

/** Images of unequal sides with several blocks of channels: no wrong block size and no exchanged axis stays unseen. */
const [N, H, W, C] = [2, 4, 6, 32] as const;
const at = (n: number, h: number, w: number, c: number) => ((n * H + h) * W + w) * C + c;
const GEOMETRY = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] } as const;

/** Everything that lowering does in the blocked layout. */
const blockedLayout: Probe = {
  inputs: [[N, H, W, C], [3, 3, C, C], [C], [N * C]],
  emit: (b, [x, weights, bias, scale]) => {
    const image = b.logical(x!);
    const held = toBlocked(b, x!);
    const dims = [N, C, H, W];
    const nchwc = (op: string, size: readonly number[], attributes: Record<string, number[] | string>) =>
      b.node(op, [held], [N, C, ...size], { domain: NCHWC, attributes });
    return [
      plain(b, convolve(b, image, b.logical(weights!), b.logical(bias!), GEOMETRY, [N, H, W, C])),
      plain(b, convolve(b, b.logical(b.slice(x!, 3, 0, 5)), b.logical(b.slice(weights!, 2, 0, 5)), undefined, GEOMETRY, [N, H, W, C])),
      unblock(b, perChannel(b, held, { scale: scale!, bias: scale!, sum: b.view(blocked(b, image), [1, N * C, 1, H * W]) }), C),
      unblock(b, nchwc('AveragePool', [H / 2, W / 2], { kernel_shape: [2, 2], strides: [2, 2] }), C),
      unblock(b, nchwc('Upsample', [H * 2, W * 2], { scales: [1, 1, 2, 2], mode: 'nearest' }), C),
      b.view(nchwc('GlobalAveragePool', [1, 1], {}), [N, C]),
      b.view(planes(b, { shape: [N, H, W, C], dtype: 'float32', blocked: held }), dims),
    ]; // prettier-ignore
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

const found = new Map<string, Dialect>();

/**
 * What may be used of the onnxruntime found here: its own operators and its blocked layout are not documented for other
 * versions and processors, and a wrong block size gives wrong numbers without an error, so each is compared with plain
 * arithmetic on a small example and left out where it fails or disagrees, or where another execution provider than the
 * CPU does not run it itself. The blocked layout is the CPU's alone.
 *
 * @throws if a channel block was asked for that does not work here
 */
export function testedDialect(channelBlock: OrtOptions['channelBlock'], provider: Provider = 'cpu'): Dialect {
  const key = `${provider} ${channelBlock}`;
  let dialect = found.get(key);
  if (!dialect) {
    const block = provider === 'cpu' ? usableBlock(channelBlock) : 0;
    const whole = { cpu: cpuDialect(block), webgpu: webgpuDialect, cuda: cudaDialect }[provider];
    const none = { ...whole, block: 0, fusedMatMul: false, quickGelu: false };
    dialect = {
      ...whole,
      fusedMatMul: whole.fusedMatMul && passes(fusedMatMul, { ...none, fusedMatMul: true }, provider),
      quickGelu: whole.quickGelu && passes(quickGelu, { ...none, quickGelu: true }, provider),
    };
    found.set(key, dialect);
  }
  return dialect;
}

/** The block found, or the one asked for: a wrong one would give wrong numbers without an error. */
function usableBlock(block: OrtOptions['channelBlock']): number {
  if (block === 'auto') return [16, 8].find(works) ?? 0;
  if (block !== 0 && !works(block)) {
    throw new Error(
      `channelBlock ${block} does not work on this CPU: blocked convolutions give wrong numbers. Use 'auto' or 0.`,
    );
  }
  return block;
}

/** Whether the blocked layout works with this block here. */
export function works(block: number): boolean {
  return passes(blockedLayout, cpuDialect(block), 'cpu');
}

function passes(probe: Probe, dialect: Dialect, provider: Provider): boolean {
  try {
    const inputs = probe.inputs.map((dims, i) => pattern(dims, i));
    const expected = probe.expected(inputs);
    return run(probe, inputs, dialect, provider).every((values, i) =>
      values.every((value, k) => Math.abs(value - expected[i]![k]!) < TOLERANCE[provider]),
    );
  } catch {
    // This build of onnxruntime, this CPU or this provider has no such operator.
    return false;
  }
}

function run(probe: Probe, inputs: readonly Float32Array[], dialect: Dialect, provider: Provider): Float32Array[] {
  const b = new Builder(dialect);
  const values = probe.inputs.map((dims, i): GraphValue => ({ name: `i${i}`, dims, type: 'float32' }));
  const results = probe.emit(b, values);
  const info = ({ name, dims }: GraphValue) => ({ name, dims, type: 'float32' as const });
  const model = writeModel({
    nodes: b.nodes,
    initializers: b.initializers,
    inputs: values.map(info),
    outputs: results.map(info),
  });
  const session = new Session(model, { threads: 1, provider, strict: provider !== 'cpu' });
  try {
    const outputs = results.map(({ dims }) => new Float32Array(size(dims)));
    session.run(
      Object.fromEntries(values.map(({ name, dims }, i) => [name, wrap('float32', inputs[i]!, dims)])),
      Object.fromEntries(results.map(({ name, dims }, i) => [name, wrap('float32', outputs[i]!, dims)])),
    );
    return outputs;
  } finally {
    session.dispose();
  }
}

const size = (dims: readonly number[]) => dims.reduce((product, d) => product * d, 1);

/** Numbers in [-0.5, 0.5] without a short period. */
const pattern = (dims: readonly number[], seed: number) =>
  Float32Array.from({ length: size(dims) }, (_, i) => ((i * i * 7 + i * 37 + seed * 11) % 101) / 101 - 0.5);

function sum(count: number, term: (k: number) => number): number {
  let total = 0;
  for (let k = 0; k < count; k++) total += term(k);
  return total;
}

/** An array in row-major order from its value at each position. */
function numbers(dims: readonly number[], value: (position: readonly number[]) => number): number[] {
  const position = dims.map(() => 0);
  return Array.from({ length: size(dims) }, () => {
    const result = value(position);
    for (let axis = dims.length - 1; axis >= 0 && ++position[axis]! === dims[axis]; axis--) position[axis] = 0;
    return result;
  });
}
