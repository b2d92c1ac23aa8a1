import { resolve } from 'node:path';
import type { BackendName } from '@onestep/backends';
import { halfPart, installParts, memoryPart, startPart, testPart, torchPart } from './engine-parts.js';
import { gpuEnvironment } from './nvidia-smi.js';
import type { Options } from './options.js';
import type { Part } from './part.js';
import { timeParts } from './time-parts.js';

/**
 * Lists the parts, the most important one first: what does not fit into the budget is at the end.
 *
 * @param scratch folder for files that parts share
 */
export function listParts(options: Options, scratch: string): Part[] {
  const { engines, sizes, kinds } = options;
  const of = (make: (engine: BackendName, options: Options) => Part) => engines.map((engine) => make(engine, options));
  const [first, ...others] = sizes.map((size) => timeParts(size, options, scratch));
  const parts = [
    ...engines.flatMap((engine) => [...installParts(engine, options), startPart(engine, options)]),
    torchPart(options),
    ...of(testPart),
    ...first!.full,
    ...of(halfPart),
    ...of(memoryPart),
    ...first!.reduced,
    ...others.flatMap(({ full, reduced }) => [...full, ...reduced]),
  ];
  const environment: Record<string, string> = options.cpu ? { CUDA_VISIBLE_DEVICES: '' } : gpuEnvironment();
  if (options.prepare !== null) environment.ONESTEP_ENGINES = resolve(options.prepare);
  return parts
    .filter(({ kind }) => kinds.includes(kind))
    .map((part) => ({ ...part, env: { ...environment, ...part.env } }));
}
