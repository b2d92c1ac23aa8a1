import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '@onestep/checkpoint/node';
import type { StepStats } from '@onestep/diffusion-core';
import {
  DeadRunError,
  RunDirectory,
  runTraining,
  type NanReport,
  type RecordedTick,
  type RunTrainingArgs,
} from '@onestep/diffusion-core/node';
import { GaussianTask } from './gaussian-task.js';
import { temporaryFolder } from './temporary-folder.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const folder = temporaryFolder();

/** Learns as the others do, but reports NaN, or breaks its weights for good, at some steps of 50 images. */
class FailingTask extends GaussianTask {
  constructor(
    private readonly failures: { nanAt?: (step: number) => boolean; breaksAt?: number },
    private readonly checks = true,
  ) {
    super({ emaRel: 0.1 });
  }

  override async step(imagesSeen: number): Promise<StepStats> {
    const stats = await super.step(imagesSeen);
    const { nanAt, breaksAt = Infinity } = this.failures;
    const step = imagesSeen / 50;
    if (step === breaksAt) {
      const [parameter] = this.net.module.parameters();
      parameter!.variable.assign(tf.fill(parameter!.variable.shape, NaN));
    }
    return nanAt?.(step) || step > breaksAt ? { 'Loss/loss': NaN } : stats;
  }

  async isAlive(): Promise<boolean> {
    if (!this.checks) return true;
    const [parameter] = this.net.module.parameters();
    return [...(await parameter!.variable.data())].every(Number.isFinite);
  }
}

async function train(name: string, task: GaussianTask, args: Partial<RunTrainingArgs> = {}) {
  const run = await RunDirectory.open({ path: join(folder, name), options: {} });
  try {
    const schedule = { totalKimg: 4, tickKimg: 1, snapshotTicks: 1, stateTicks: 1 };
    const result = await runTraining({ task, run, ...schedule, nanPatience: 5, ...args });
    return { result, weights: (await task.state()).tensors };
  } finally {
    run.close();
  }
}
const files = (name: string) =>
  readdirSync(join(folder, name))
    .filter((file) => file.includes('safetensors'))
    .sort();
const ticks = (name: string) =>
  readFileSync(join(folder, name, 'stats.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RecordedTick);

describe('a run whose samples are all NaN', () => {
  it('ends after the patience, says since when, and leaves the last good files', async () => {
    const reports: NanReport[] = [];
    const task = new FailingTask({ breaksAt: 44 });
    const failure = train('dead', task, { hooks: { onNan: (report) => void reports.push(report) } });
    await expect(failure).rejects.toThrow(DeadRunError);
    const { run } = (await failure.catch((error: unknown) => error)) as DeadRunError;
    expect(run).toEqual({
      since: 2250,
      imagesSeen: 2500,
      steps: 5,
      state: join(folder, 'dead', 'training-state-000002.safetensors'),
      snapshot: join(folder, 'dead', 'network-snapshot-000002.safetensors'),
    });
    expect(reports).toEqual([{ event: 'begins', imagesSeen: 2250 }]);
    // A good step, then five that have no average.
    expect(ticks('dead').at(-1)!['Loss/loss']).toMatchObject({ num: 4, nan: 5 });
  });

  it('goes on from the last good state when it is resumed, with the weights of a run that never broke', async () => {
    const { weights } = await train('undisturbed', new GaussianTask());
    const { result, weights: resumed } = await train('dead', new GaussianTask());
    expect(result).toEqual({ imagesSeen: 4000, completed: true, isAlive: true });
    expect(resumed).toEqual(weights);
  });

  it('survives fewer bad steps than the patience: they are in no average, and are counted', async () => {
    const nanAt = (step: number) => step >= 10 && step < 14;
    const { result } = await train('single', new FailingTask({ nanAt }), { totalKimg: 2.05 });
    expect(result.isAlive).toBe(true);
    const [, tick] = ticks('single');
    expect(tick!['Loss/loss']).toMatchObject({ num: 16, nan: 4 });
    expect(tick!['Loss/loss']!.mean).toBeGreaterThan(0);
  });

  it('does not end done if it dies within the patience of the end', async () => {
    await expect(train('late', new FailingTask({ breaksAt: 78 }))).rejects.toThrow(
      /died.*3.95 kimg.*training-state-000003/,
    );
  });

  it('with skip goes to the end, and saves nothing that is dead', async () => {
    const { result } = await train('skipped', new FailingTask({ breaksAt: 44 }), { onNan: 'skip' });
    expect(result).toEqual({ imagesSeen: 4000, completed: true, isAlive: false });
    const snapshots = ['network-snapshot-000000', 'network-snapshot-000001', 'network-snapshot-000002'];
    const kept = snapshots.flatMap((name) => [`${name}-rel0.1`, name]);
    expect(files('skipped')).toEqual(
      [...kept, 'training-state-000001', 'training-state-000002'].map((name) => `${name}.safetensors`),
    );
    const [first, last] = [ticks('skipped')[0]!['Loss/loss']!, ticks('skipped').at(-1)!['Loss/loss']!];
    expect(Number.isFinite(first.mean)).toBe(true);
    expect(last).toEqual({ num: 0, mean: null, std: null, nan: 19 });
  });

  it('does not take what was saved just before for good, where only the next step can tell', async () => {
    // The tick at 2050 images ends with broken weights: NaN weights are never saved, whoever checks them.
    await expect(train('boundary', new FailingTask({ breaksAt: 40 }, false))).rejects.toThrow(/training-state-000001/);
    // Weights that are numbers, and losses that are not: the files of 2050 images are set aside.
    const nanAt = (step: number) => step > 40;
    await expect(train('unproven', new FailingTask({ nanAt }, false))).rejects.toThrow(/training-state-000001/);
    expect(files('unproven')).toContain('training-state-000002.safetensors.dead');
    expect(files('unproven')).toContain('network-snapshot-000002.safetensors.dead');
    expect(files('unproven')).toContain('network-snapshot-000002-rel0.1.safetensors.dead');
  });

  it('passes over training states with NaN, and refuses to begin again where there is no other', async () => {
    await train('old', new GaussianTask(), { totalKimg: 2 });
    for (const name of files('old').filter((file) => file.startsWith('training-state'))) {
      const path = join(folder, 'old', name);
      const { tensors, metadata } = await readSafetensors(path);
      (tensors['net.mean']!.data as Float32Array)[0] = NaN;
      await writeSafetensors(path, { tensors, metadata });
    }
    await expect(train('old', new GaussianTask())).rejects.toThrow(/nothing to resume.*hold NaN/);
  });
});
