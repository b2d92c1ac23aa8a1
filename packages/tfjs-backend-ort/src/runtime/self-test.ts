import { Builder } from '../lower/builder.js';
import { cpuDialect, cudaDialect, type Dialect, webgpuDialect } from '../lower/dialect.js';
import type { GraphValue } from '../lower/lowered-tensor.js';
import { writeModel } from '../onnx/model.js';
import { Session, wrap } from './binding.js';
import { halfPrecision } from './half-probe.js';
import { blockedGradients, blockedLayout, fusedMatMul, type Probe, quickGelu, size } from './probes.js';
import type { Provider } from './provider.js';

/** Channel block of onnxruntime's blocked layout; 'auto' finds it, 0 turns the layout off. */
export type ChannelBlock = 'auto' | 0 | 8 | 16;

/** GPUs may multiply with 10 bits of mantissa (TF32). The errors that are tested for are much larger. */
const TOLERANCE: Record<Provider, number> = { cpu: 1e-4, webgpu: 3e-3, cuda: 3e-3 };

const tested = new Map<string, Dialect>();

/**
 * Finds out which features of the installed onnxruntime can be used. Its own operators and its blocked layout are not
 * documented for other versions and processors, and a wrong block size returns wrong numbers without an error. So each is
 * compared with plain arithmetic on a small example, and is not used if it fails or disagrees, or if an execution provider
 * other than the CPU does not run it itself. Only the CPU has the blocked layout.
 *
 * @throws Error if `channelBlock` is a block that does not work on this machine
 */
export function testedDialect(channelBlock: ChannelBlock, provider: Provider = 'cpu'): Dialect {
  const key = `${provider} ${channelBlock}`;
  let dialect = tested.get(key);
  if (!dialect) {
    const block = provider === 'cpu' ? usableBlock(channelBlock) : 0;
    const full = { cpu: cpuDialect(block), webgpu: webgpuDialect, cuda: cudaDialect }[provider];
    const minimal = { ...full, block: 0, fusedMatMul: false, quickGelu: false, half: false };
    dialect = {
      ...full,
      fusedMatMul: full.fusedMatMul && passes(fusedMatMul, { ...minimal, fusedMatMul: true }, provider),
      quickGelu: full.quickGelu && passes(quickGelu, { ...minimal, quickGelu: true }, provider),
      half: full.half && passes(halfPrecision, { ...minimal, half: true }, provider),
    };
    tested.set(key, dialect);
  }
  return dialect;
}

/** The block that works, or the one in the options after a check. */
function usableBlock(block: ChannelBlock): number {
  if (block === 'auto') return [16, 8].find(blockWorks) ?? 0;
  if (block !== 0 && !blockWorks(block)) {
    throw new Error(
      `channelBlock ${block} does not work on this CPU: blocked convolutions return wrong numbers. Use 'auto' or 0.`,
    );
  }
  return block;
}

/** Whether the blocked layout works with this block on this machine. */
export function blockWorks(block: number): boolean {
  return [blockedLayout, blockedGradients].every((probe) => passes(probe, cpuDialect(block), 'cpu'));
}

function passes(probe: Probe, dialect: Dialect, provider: Provider): boolean {
  try {
    const inputs = probe.inputs.map((dims, i) => pattern(dims, i));
    const expected = probe.expected(inputs);
    return run(probe, inputs, dialect, provider).every((values, i) =>
      values.every((value, k) => Math.abs(value - expected[i]![k]!) < TOLERANCE[provider]),
    );
  } catch {
    // This build of onnxruntime, this CPU or this provider lacks the operator.
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

/** Deterministic numbers in [-0.5, 0.5] without a short period. */
const pattern = (dims: readonly number[], seed: number) =>
  Float32Array.from({ length: size(dims) }, (_, i) => ((i * i * 7 + i * 37 + seed * 11) % 101) / 101 - 0.5);
