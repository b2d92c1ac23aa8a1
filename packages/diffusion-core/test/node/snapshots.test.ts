import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { RunDirectory, runTraining, type RunTrainingArgs } from '@onestep/diffusion-core/node';
import { GaussianTask } from './gaussian-task.js';
import { temporaryFolder } from './temporary-folder.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const folder = temporaryFolder();

/** Snapshots after 50, 1050, 2050, ... images. */
async function train(name: string, totalKimg: number, args: Partial<RunTrainingArgs>) {
  const run = await RunDirectory.open({ path: join(folder, name), options: {} });
  try {
    await runTraining({
      task: new GaussianTask({ emaHalfLifeKimg: [0.5, 0.02] }),
      run,
      totalKimg,
      tickKimg: 1,
      snapshotTicks: 1,
      stateTicks: 1,
      ...args,
    });
  } finally {
    run.close();
  }
}
/** The files of these moments: the network to publish, and another average. */
const filesOf = (kimg: readonly string[]) =>
  kimg.flatMap((number) => [
    `network-snapshot-${number}-ema0.00002.safetensors`,
    `network-snapshot-${number}.safetensors`,
  ]);
const snapshots = (name: string) =>
  readdirSync(join(folder, name))
    .filter((file) => file.startsWith('network-snapshot'))
    .sort();

describe('of the snapshots of a run', () => {
  it.each([
    ['lowest', filesOf(['000002', '000004'])],
    ['highest', filesOf(['000001', '000004'])],
  ] as const)('the %s and the last are kept, also of an interrupted run', async (best, kept) => {
    // NaN is better than nothing.
    const values = [NaN, 7, 2, 3, 4];
    const stop = new AbortController();
    const args = (atTick?: number): Partial<RunTrainingArgs> => ({
      keepSnapshots: { statistic: 'Metrics/toy', best },
      hooks: {
        onTick: ({ tick }) => {
          if (tick === atTick) stop.abort();
          return { 'Metrics/toy': values[tick]! };
        },
      },
    });
    await train(`whole-${best}`, 4.05, args());
    expect(snapshots(`whole-${best}`)).toEqual(kept);
    await train(`parts-${best}`, 4.05, { ...args(2), signal: stop.signal });
    await train(`parts-${best}`, 4.05, args());
    expect(snapshots(`parts-${best}`)).toEqual(kept);
  });

  it('there are more at further ticks', async () => {
    await train('further', 4.05, { snapshotTicks: 3, alsoSnapshotAt: [1, 3] });
    expect(snapshots('further')).toEqual(filesOf(['000000', '000001', '000003', '000004']));
  });
});
