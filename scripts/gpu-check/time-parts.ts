import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { BackendName } from '@onestep/backends';
import { SIZES } from '../../benchmarks/train-step/sizes.js';
import type { TorchSettings } from '../../benchmarks/train-step/settings.js';
import { FULL_PRECISION, runSource, TF32 } from './commands.js';
import { findNoHalfPrecision, findNotStarted } from './engine-parts.js';
import type { Options, SizeChoice } from './options.js';
import type { Part } from './part.js';
import { findDisagreement, timesIn, type Precision, type TimeArguments, type Times } from './timing.js';

/** The engines whose libraries multiply with TF32 unless they are told not to. */
const WITH_TF32: readonly BackendName[] = ['ort-cuda', 'tensorflow'];

/** How PyTorch computes at each precision: in bfloat16 as fast as it can. */
const TORCH: Record<Exclude<Precision, 'fp16'>, TorchSettings> = {
  fp32: { precision: 'fp32' },
  tf32: { precision: 'tf32', channels_last: true },
  bf16: { precision: 'bf16', channels_last: true, compile: true },
};

/** The parts that time one network: in float32, and with less precision. */
export interface TimeParts {
  full: Part[];
  reduced: Part[];
}

/** Lists the parts that time one network on PyTorch and on each engine. */
export function timeParts(choice: SizeChoice, options: Options, scratch: string): TimeParts {
  const { engines, cpu, python } = options;
  const part = (engine: string, precision: Precision, torch: TorchSettings | null): Part => {
    const device = cpu ? 'cpu' : 'cuda';
    const args: TimeArguments = {
      engine,
      precision,
      choice: choice.name,
      network: SIZES[choice.size]!.network,
      batch: choice.batch,
      torch: torch && { python, device, ...torch },
      threads: availableParallelism(),
      exchange: join(scratch, choice.name),
    };
    return {
      name: `time ${engine} ${precision} ${choice.name}`,
      kind: 'time',
      command: runSource('scripts/gpu-check/children/time-work.ts', JSON.stringify(args)),
      env: { fp32: FULL_PRECISION, tf32: TF32, fp16: {}, bf16: {} }[precision],
      // Compiling takes most of it. A CPU is slow.
      limitS: (precision === 'bf16' ? 120 : 90) * (cpu ? 3 : 1),
      leastS: 15,
      findObstacle: (results) => (precision === 'fp16' ? findNoHalfPrecision : findNotStarted)(engine, results),
      findFault: (figures, results) => findDisagreement(figures as unknown as Times, timesIn(results)),
    };
  };
  const pytorch = (precision: keyof typeof TORCH) => part('pytorch', precision, TORCH[precision]);
  const tf32 = cpu ? [] : engines.filter((engine) => WITH_TF32.includes(engine));
  return {
    full: [pytorch('fp32'), ...engines.map((engine) => part(engine, 'fp32', null))],
    reduced: [
      ...engines.map((engine) => part(engine, 'fp16', null)),
      pytorch('bf16'),
      ...(cpu ? [] : [pytorch('tf32')]),
      ...tf32.map((engine) => part(engine, 'tf32', null)),
    ],
  };
}
