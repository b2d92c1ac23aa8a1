import type { BackendName } from '@onestep/backends';
import type { Size } from '../../benchmarks/train-step/sizes.js';

/** The training of children/hold-memory.ts. */
export interface MemoryArguments {
  engine: BackendName;
  size: Size;
  batch: number;
  /** Most steps. */
  steps: number;
  /** Seconds after which it ends before that. */
  seconds: number;
}

/** Memory after a step. */
export interface MemoryState {
  step: number;
  /** tfjs's tensors and their bytes. */
  tensors: number;
  bytes: number;
  /** Resident memory of the process. */
  host_mb: number;
  /** Memory of the GPU in use since the start; null if unknown. */
  gpu_mb: number | null;
}

/** Share of the memory, and MB, by which resident memory may differ without a leak: garbage that is collected later. */
const [SHARE, MB] = [0.1, 64];

/** Finds a growth of memory; null if there is none. The first fifth of the steps does not count: pools fill. */
export function findGrowth(states: readonly MemoryState[]): string | null {
  if (states.length < 3) return `only ${states.at(-1)?.step ?? 0} steps in the time`;
  const steps = states.at(-1)!.step;
  const settled = states.filter(({ step }) => step >= steps / 5);
  const [first, last] = [settled[0]!, settled.at(-1)!];
  for (const name of ['tensors', 'bytes'] as const) {
    if (last[name] > first[name]) return `${name} went from ${first[name]} to ${last[name]} in ${steps} steps`;
  }
  for (const [name, where] of [
    ['host_mb', 'resident memory'],
    ['gpu_mb', 'memory of the GPU'],
  ] as const) {
    const [from, to] = [first[name], last[name]];
    if (from !== null && to !== null && to - from > MB + SHARE * from) {
      return `${where} went from ${from.toFixed(0)} to ${to.toFixed(0)} MB in ${steps} steps`;
    }
  }
  return null;
}
