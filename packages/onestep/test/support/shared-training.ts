import {
  connectPorts,
  meanOf,
  PortCommunicator,
  type Communicator,
  type Method,
  type StepStats,
  type TaskState,
  type TrainingTask,
} from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { EdmTrainingTask } from '@onestep/edm';
import { Rng } from '@onestep/random';
import { expect } from 'vitest';
import { givenData, RandomImages } from '../../../../test-support/given-data.js';
import { METHODS } from '../../src/index.js';

/** A multiple of 1, 2, 3 and 4. */
const BATCH = 12;

/** A training whose batches are shared. */
export type SharedTraining = (communicator: Communicator) => TrainingTask;

/** Every training there is, of a small network, by its command. */
export const TRAININGS: readonly (readonly [name: string, create: SharedTraining])[] = [
  ['edm train', trainTeacher],
  ...METHODS.map((method) => [method.name, (communicator: Communicator) => distill(method, communicator)] as const),
];

function mlp(): MlpDenoiser {
  return new MlpDenoiser({ imgResolution: 2, imgChannels: 1, hidden: 8, sigmaData: 0.5 }, new Rng(1));
}

function trainTeacher(communicator: Communicator): TrainingTask {
  const network = mlp();
  const options = { batch: BATCH, batchGpu: 3, lr: 1e-3, lrWarmupKimg: 0 };
  return new EdmTrainingTask({ network, batches: new RandomImages(network, BATCH), communicator, options });
}

function distill(method: Method, communicator: Communicator): TrainingTask {
  const teacher = mlp();
  const rate = { [Object.hasOwn(method.options, 'glr') ? 'glr' : 'lr']: 1e-3 };
  const options = { ...method.presets.small?.options, batch: BATCH, batchGpu: 3, ...rate };
  return method.create({ teacher, communicator, ...givenData(method, teacher, BATCH), options });
}

/** What a process has after a training. */
interface Trained {
  begin: Float32Array;
  weights: Float32Array;
  stats: StepStats[];
  values: unknown;
}

/** Trains in several processes, which take turns in this thread. */
function train(create: SharedTraining, processes: number, steps: number): Promise<Trained[]> {
  const tasks = connectPorts(processes).map((member) => create(new PortCommunicator(member)));
  return Promise.all(
    tasks.map(async (task) => {
      const begin = weightsOf(await task.state());
      const stats: StepStats[] = [];
      for (let i = 0; i < steps; i++) stats.push(await task.step(i * BATCH));
      const state = await task.state();
      return { begin, weights: weightsOf(state), stats, values: state.values };
    }),
  );
}

/** The weights of all trained networks, one after the other. */
function weightsOf({ tensors }: TaskState): Float32Array {
  const names = Object.keys(tensors).filter((name) => /^(G|fake_score|network|modules)\./.test(name));
  return Float32Array.from(names.flatMap((name) => [...(tensors[name]!.data as Float32Array)]));
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));
}

/**
 * Expects that a training is the same with several processes: the processes have equal bits; one process has the same random
 * draws, and weights and statistics that differ by rounding.
 *
 * @param processes numbers of processes to try
 */
export async function expectSameTraining(
  create: SharedTraining,
  { processes, steps }: { processes: readonly number[]; steps: number },
): Promise<void> {
  const [alone] = await train(create, 1, steps);
  const moved = distance(alone!.weights, alone!.begin);
  expect(moved).toBeGreaterThan(1e-3);
  for (const count of processes) {
    const [first, ...others] = await train(create, count, steps);
    for (const other of others) expect(other).toEqual(first);
    expect(first!.values).toEqual(alone!.values);
    expect(distance(first!.weights, alone!.weights) / moved, `weights of ${count} processes`).toBeLessThan(1e-3);
    for (const [i, stats] of alone!.stats.entries()) {
      for (const [name, value] of Object.entries(stats)) {
        const [expected, found] = [meanOf(value), meanOf(first!.stats[i]![name]!)];
        const tolerance = 1e-4 * (1 + Math.abs(expected));
        expect(Math.abs(found - expected), `${name} of step ${i}, ${count} processes`).toBeLessThanOrEqual(tolerance);
      }
    }
  }
}
