import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { connectPorts, PortCommunicator, type StepStats } from '@onestep/diffusion-core';
import { FollowedRun, RunDirectory, runTraining, type TrainingHooks } from '@onestep/diffusion-core/node';
import { GaussianTask } from './gaussian-task.js';
import { temporaryFolder } from './temporary-folder.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const folder = temporaryFolder();

interface Shared {
  totalKimg?: number;
  hooks?: (rank: number) => TrainingHooks;
  signals?: readonly (AbortSignal | undefined)[];
  tasks?: readonly GaussianTask[];
}

/** Trains in as many processes as there are tasks, which take turns in this thread and make the same steps. */
function train(
  name: string,
  { totalKimg = 1.1, hooks, signals, tasks = [new GaussianTask(), new GaussianTask()] }: Shared,
) {
  return Promise.all(
    connectPorts(tasks.length).map(async (member, rank) => {
      const path = join(folder, name);
      const run = rank === 0 ? await RunDirectory.open({ path, options: {} }) : new FollowedRun(path);
      const task = tasks[rank]!;
      try {
        const result = await runTraining({
          ...{ task, run, totalKimg, tickKimg: 0.5, snapshotTicks: 1, stateTicks: 1 },
          communicator: new PortCommunicator(member),
          hooks: hooks?.(rank),
          signal: signals?.[rank],
        });
        return { ...result, state: await task.state() };
      } finally {
        run.close();
      }
    }),
  );
}

const weights = async (task: GaussianTask) => (await task.state()).tensors['net.mean']!.data;

/** A task whose first step pushes its weights a little, as on a machine that rounds otherwise. */
class DriftingTask extends GaussianTask {
  override async step(imagesSeen: number): Promise<StepStats> {
    const stats = await super.step(imagesSeen);
    if (imagesSeen === 0) this.net.module.parameters()[0]!.variable.assign(tf.tensor1d([0.1, 0.1, 0.1]));
    return stats;
  }
}

describe('processes that share a run', () => {
  it('have the same weights, and only the first writes files, the same as one process', async () => {
    const [first, second] = await train('two', {});
    expect(second!.state).toEqual(first!.state);
    const [alone] = await train('one', { tasks: [new GaussianTask()] });
    expect(alone!.state).toEqual(first!.state);
    expect(readdirSync(join(folder, 'two'))).toEqual(readdirSync(join(folder, 'one')));
  });

  it('stop together when one of them is told to, and three of them go on where two were', async () => {
    const controller = new AbortController();
    const hooks = (rank: number): TrainingHooks => ({
      onStep: ({ imagesSeen }) => {
        if (rank === 1 && imagesSeen === 700) controller.abort();
      },
    });
    const stopped = await train('stopped', { hooks, signals: [undefined, controller.signal] });
    expect(stopped.map(({ imagesSeen, completed }) => ({ imagesSeen, completed }))).toEqual(
      Array(2).fill({ imagesSeen: 700, completed: false }),
    );
    const started: number[] = [];
    const resumed = await train('stopped', {
      hooks: () => ({ onStart: (imagesSeen) => void started.push(imagesSeen) }),
      tasks: [new GaussianTask(), new GaussianTask(), new GaussianTask()],
    });
    expect(started).toEqual([700, 700, 700]);
    const [whole] = await train('whole', {});
    for (const { state } of resumed) expect(state).toEqual(whole!.state);
  });

  it('stop together where the first stops while it measures', async () => {
    const controller = new AbortController();
    const hooks = (rank: number): TrainingHooks => ({
      onTick: ({ imagesSeen }) => {
        if (rank > 0 || imagesSeen !== 1050) return undefined;
        controller.abort();
        throw new Error('stopped');
      },
    });
    const stopped = await train('measuring', { hooks, signals: [controller.signal, undefined] });
    expect(stopped.map(({ imagesSeen }) => imagesSeen)).toEqual([1050, 1050]);
  });

  it('go on from the weights of the first where another has drifted, and say which', async () => {
    const told: unknown[] = [];
    const tasks = [new GaussianTask(), new DriftingTask(), new GaussianTask()];
    const hooks = (): TrainingHooks => ({ onDrift: (ranks) => void told.push(ranks) });
    await train('drift', { totalKimg: 1.5, tasks, hooks });
    expect(told).toEqual(Array(3).fill([{ rank: 1, host: 'this machine' }]));
    const all = await Promise.all(tasks.map(weights));
    expect(all[1]).toEqual(all[0]);
    expect(all[2]).toEqual(all[0]);
  });
});
