import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  RunDirectory,
  runTraining,
  type StepReport,
  type TickReport,
  type TrainingHooks,
} from '@onestep/diffusion-core/node';
import { GaussianTask } from './gaussian-task.js';
import { temporaryFolder } from './temporary-folder.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const folder = temporaryFolder();

async function train(name: string, totalKimg: number, hooks: TrainingHooks = {}, signal?: AbortSignal) {
  const run = await RunDirectory.open({ path: join(folder, name), options: {} });
  const task = new GaussianTask();
  try {
    const args = { tickKimg: 0.5, snapshotTicks: 2, stateTicks: 1 };
    const result = await runTraining({ task, run, totalKimg, ...args, hooks, signal });
    return { result, weights: (await task.state()).tensors };
  } finally {
    run.close();
  }
}

const statsLines = (name: string) =>
  readFileSync(join(folder, name, 'stats.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, { num: number; mean: number; std: number }>);

describe('runTraining', () => {
  it('learns the mean and standard deviation of its data', async () => {
    const { weights } = await train('long', 50);
    for (let channel = 0; channel < 3; channel++) {
      expect(weights['ema.mean']!.data[channel]).toBeCloseTo(0.25, 1);
      expect(Math.exp(Number(weights['ema.log_std']!.data[channel]))).toBeCloseTo(0.5, 1);
    }
  });

  it('ends a tick after the first step, then by length, and at the end', async () => {
    const ticks: TickReport[] = [];
    const steps: StepReport[] = [];
    await train('ticks', 1.7, { onTick: (tick) => void ticks.push(tick), onStep: (step) => steps.push(step) });
    expect(ticks.map(({ imagesSeen }) => imagesSeen)).toEqual([50, 550, 1050, 1550, 1700]);
    expect(ticks.map(({ snapshot }) => snapshot !== undefined)).toEqual([true, false, true, false, true]);
    expect(ticks.map(({ done }) => done)).toEqual([false, false, false, false, true]);
    expect(ticks.map(({ stats }) => stats['Loss/loss']!.num)).toEqual([1, 10, 10, 10, 3]);
    expect(steps.length).toBe(34);
    expect(steps.at(-1)!.secondsLeft).toBe(0);
  });

  it.each([1050, 1700])(
    'a stop while the tick at %i images is measured: the continued run begins with that measurement',
    async (at) => {
      const name = `stopped-measuring-${at}`;
      const measured: number[] = [];
      const controller = new AbortController();
      const interrupted = await train(
        name,
        1.7,
        {
          onTick: ({ imagesSeen }) => {
            if (imagesSeen === at) controller.abort();
            controller.signal.throwIfAborted();
            measured.push(imagesSeen);
            return { 'Metric/toy': imagesSeen };
          },
        },
        controller.signal,
      );
      expect(interrupted.result).toEqual({ imagesSeen: at, completed: false, isAlive: true });
      const { result, weights } = await train(name, 1.7, {
        onTick: ({ imagesSeen }) => {
          measured.push(imagesSeen);
          return { 'Metric/toy': imagesSeen };
        },
      });
      expect(result).toEqual({ imagesSeen: 1700, completed: true, isAlive: true });
      expect(measured).toEqual([50, 550, 1050, 1550, 1700]);
      expect(statsLines(name).map((line) => line['Metric/toy']!.mean)).toEqual(measured);
      expect(weights).toEqual((await train(`${name}-undisturbed`, 1.7)).weights);
    },
  );

  it('records what a hook measures', async () => {
    await train('measured', 0.5, { onTick: async ({ tick }) => ({ 'Metric/toy': tick + 0.5 }) });
    expect(statsLines('measured').map((line) => line['Metric/toy'])).toEqual([
      { num: 1, mean: 0.5, std: 0 },
      { num: 1, mean: 1.5, std: 0 },
    ]);
  });

  it('stops at a signal in the middle of a tick and continues as if nothing had happened', async () => {
    const whole = await train('whole', 2);
    const stop = new AbortController();
    const stopAt = (images: number) => ({
      onStep: (report: StepReport) => void (report.imagesSeen === images && stop.abort()),
    });
    const first = await train('halves', 2, stopAt(1350), stop.signal);
    expect(first.result).toEqual({ imagesSeen: 1350, completed: false, isAlive: true });
    const second = await train('halves', 2);
    expect(second.result).toEqual({ imagesSeen: 2000, completed: true, isAlive: true });
    expect(second.weights).toEqual(whole.weights);
    const losses = (name: string) => statsLines(name).map((line) => line['Loss/loss']);
    expect(losses('halves')).toEqual(losses('whole'));
    const times = statsLines('halves').map((line) => line['Timing/total_sec']!.mean);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('does nothing more when the run is complete', async () => {
    const { weights } = await train('complete', 1);
    const steps: StepReport[] = [];
    const again = await train('complete', 1, { onStep: (step) => steps.push(step) });
    expect(again.result).toEqual({ imagesSeen: 1000, completed: true, isAlive: true });
    expect(steps).toEqual([]);
    expect(again.weights).toEqual(weights);
  });

  it('falls back to the state before when the newest cannot be read', async () => {
    const whole = await train('undamaged', 4);
    const stop = new AbortController();
    const hooks = { onTick: ({ imagesSeen }: TickReport) => void (imagesSeen > 3000 && stop.abort()) };
    await train('damaged', 4, hooks, stop.signal);
    const path = join(folder, 'damaged', 'training-state-000003.safetensors');
    copyFileSync(path, `${path}.copy`);
    writeFileSync(path, readFileSync(path).subarray(0, 700));
    const starts: number[] = [];
    const { weights } = await train('damaged', 4, { onStart: (images) => void starts.push(images) });
    expect(starts).toEqual([2550]);
    expect(weights).toEqual(whole.weights);
    expect(readdirSync(join(folder, 'damaged'))).toContain('training-state-000003.safetensors.unreadable');
    expect(readFileSync(join(folder, 'damaged', 'log.txt'), 'utf8')).toMatch(
      /training-state-000003.*Renamed it to .*\.unreadable/,
    );
    expect(statsLines('damaged').map((line) => line['Progress/kimg']!.mean)).toEqual(
      statsLines('undamaged').map((line) => line['Progress/kimg']!.mean),
    );
  });

  it('keeps no tensors from step to step', async () => {
    const counts: number[] = [];
    await train('memory', 1, { onStep: () => void counts.push(tf.memory().numTensors) });
    expect(new Set(counts).size).toBe(1);
  });
});
