import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { BackendName } from '@onestep/backends';
import { SIZES } from '../../benchmarks/train-step/sizes.js';
import { FULL_PRECISION, ROOT, runSource } from './commands.js';
import { findGrowth, type MemoryArguments, type MemoryState } from './memory.js';
import type { Options } from './options.js';
import { resultOf, type Figures, type Part, type PartResult } from './part.js';

/** What `onestep engine install` takes for an engine on a GPU. */
const INSTALLED: Partial<Record<BackendName, readonly string[]>> = {
  'ort-cuda': ['ort-cuda'],
  tensorflow: ['tensorflow', '--cuda'],
};
/** The engines that compute on a GPU. */
const ON_GPU: readonly BackendName[] = ['ort-cuda', 'ort-webgpu', 'tensorflow', 'webgpu'];
/** Memory of the GPU that a started engine holds at least, MB. */
const STARTED_MB = 8;
/** Seconds in which training steps are watched for growing memory. */
const MEMORY_S = 20;

/** Arguments of vitest. */
const REPORTED = [
  '--reporter=default',
  `--reporter=${join(ROOT, 'scripts/gpu-check/children/test-reporter.mjs')}`,
  // The processes of the test files share one GPU.
  `--maxWorkers=${Math.min(4, availableParallelism())}`,
];

/** Prepares an engine, if it is one that has to be. Without a network there is nothing to do. */
export function installParts(engine: BackendName, { cpu }: Options): Part[] {
  const args = INSTALLED[engine]?.filter((arg) => !cpu || arg !== '--cuda');
  if (args === undefined) return [];
  return [
    {
      name: `install ${engine}`,
      kind: 'install',
      command: runSource('apps/cli/src/main.ts', 'engine', 'install', ...args),
      limitS: 300,
      leastS: 20,
      isOptional: () => true,
    },
  ];
}

/** Starts an engine, and sees whether it is on the GPU. */
export function startPart(engine: BackendName, { cpu }: Options): Part {
  const isOnGpu = !cpu && ON_GPU.includes(engine);
  return {
    name: `start ${engine}`,
    kind: 'start',
    command: runSource('scripts/gpu-check/children/start-engine.ts', engine),
    limitS: 120,
    leastS: 10,
    // An engine that was not installed, or could not be, need not be there.
    isOptional: (results) => engine in INSTALLED && resultOf(`install ${engine}`, results)?.status !== 'ok',
    findFault: ({ gpu_mb: used }) =>
      isOnGpu && typeof used === 'number' && used < STARTED_MB ? 'started, but holds no memory of the GPU' : null,
  };
}

/** Whether PyTorch is there. It need not be. */
export function torchPart({ cpu, python }: Options): Part {
  return {
    name: 'start pytorch',
    kind: 'start',
    command: [python, join(ROOT, 'scripts/gpu-check/children/start_torch.py'), cpu ? 'cpu' : 'cuda'],
    limitS: 60,
    leastS: 10,
    isOptional: () => true,
  };
}

/** Why a part of an engine, or of PyTorch, is not run: it did not start. Null if it did, or if that was not requested. */
export function findNotStarted(name: string, results: readonly PartResult[]): string | null {
  const start = resultOf(`start ${name}`, results);
  return start === undefined || start.status === 'ok' ? null : `${name} did not start`;
}

/** Why a part in half precision is not run: the engine did not start, or has none. */
export function findNoHalfPrecision(engine: string, results: readonly PartResult[]): string | null {
  const start = resultOf(`start ${engine}`, results);
  if (start?.status === 'ok' && start.figures.half_precision !== true) return `${engine} has no half precision here`;
  return findNotStarted(engine, results);
}

/** The tests that have to pass on every engine. */
export function testPart(engine: BackendName, { cpu }: Options): Part {
  return {
    name: `test ${engine}`,
    kind: 'test',
    command: [process.execPath, join(ROOT, 'scripts/test-backend.mjs'), engine, ...REPORTED],
    env: FULL_PRECISION,
    limitS: cpu ? 600 : 120,
    leastS: 30,
    findObstacle: (results) => findNotStarted(engine, results),
    findFault: findNoTest,
  };
}

/** The tests of half precision: products, networks and trainings. */
export function halfPart(engine: BackendName): Part {
  const files = ['packages/nn/test/half.test.ts', 'packages/edm/test/half.test.ts'];
  return {
    name: `half ${engine}`,
    kind: 'half',
    command: [process.execPath, join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...files, ...REPORTED],
    env: { ...FULL_PRECISION, ONESTEP_TEST_BACKEND: engine },
    limitS: 60,
    leastS: 20,
    findObstacle: (results) => findNoHalfPrecision(engine, results),
    findFault: findNoTest,
  };
}

const findNoTest = ({ passed }: Figures) => (passed === undefined || passed === 0 ? 'no test ran' : null);

/** Whether training steps leave something in memory. */
export function memoryPart(engine: BackendName, { sizes, steps }: Options): Part {
  const { size, batch } = sizes[0]!;
  const args: MemoryArguments = { engine, size: SIZES[size]!, batch, steps, seconds: MEMORY_S };
  return {
    name: `memory ${engine}`,
    kind: 'memory',
    command: runSource('scripts/gpu-check/children/hold-memory.ts', JSON.stringify(args)),
    limitS: MEMORY_S + 60,
    leastS: MEMORY_S + 10,
    findObstacle: (results) => findNotStarted(engine, results),
    findFault: ({ states }) => findGrowth((states ?? []) as MemoryState[]),
  };
}
