import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '@onestep/checkpoint/node';
import { readEmaRecord, type EmaSetOptions } from '@onestep/diffusion-core';
import { reconstructEma, RunDirectory, runTraining, type ReconstructEmaArgs } from '@onestep/diffusion-core/node';
import { GaussianTask } from './gaussian-task.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder();
const inFolder = (...names: string[]) => join(folder, ...names);
const snapshot = (run: string, name: string) => inFolder(run, `network-snapshot-${name}.safetensors`);

/** Trains for 10,000 images, with a snapshot after 50 and after every thousand. */
async function train(name: string, options: Partial<EmaSetOptions>, totalKimg = 10.05) {
  const run = await RunDirectory.open({ path: inFolder(name), options: {} });
  try {
    await runTraining({
      task: new GaussianTask(options),
      run,
      totalKimg,
      tickKimg: 1,
      snapshotTicks: 1,
      stateTicks: 99,
    });
  } finally {
    run.close();
  }
}

beforeAll(async () => {
  await tf.setBackend('cpu');
  await train('stored', { emaHalfLifeKimg: 4, emaRampUpRatio: null, emaRel: [0.05, 0.1] });
  // The lengths that the first run did not keep.
  await train('direct', { emaMu: 0.99, emaRel: [0.07, 0.13] });
});

const weights = async (path: string) => {
  const { tensors } = await readSafetensors(path);
  return Object.values(tensors).flatMap(({ data }) => [...(data as Float32Array)]);
};
let written = 0;
const reconstruct = (args: Omit<ReconstructEmaArgs, 'sources' | 'dest'> & Partial<ReconstructEmaArgs>) =>
  reconstructEma({ sources: [inFolder('stored')], dest: inFolder(`out${written++}.safetensors`), ...args });

describe('an EMA that is reconstructed', () => {
  it.each([
    ['000010', { mu: 0.99 }],
    ['000010-rel0.07', { sigmaRel: 0.07 }],
    ['000010-rel0.13', { sigmaRel: 0.13 }],
    ['000008-rel0.07', { sigmaRel: 0.07 }],
  ])('is the one that the training would have had: %s', async (name, length) => {
    const dest = inFolder('again.safetensors');
    const atKimg = Number(name.slice(0, 6));
    const { reconstructed, images } = await reconstruct({ length, atKimg, dest, overwrite: true });
    expect(images).toBe(atKimg * 1000 + 50);
    expect(reconstructed.error).toBeLessThan(0.03);
    const [found, wanted] = [await weights(dest), await weights(snapshot('direct', name))];
    const others = await weights(snapshot('stored', `${name.slice(0, 6)}-rel0.1`));
    found.forEach((value, i) => {
      const moved = Math.abs(wanted[i]! - others[i]!);
      // Most of the way from the nearest stored average, and within the error of the profile, of a motion of about 1.
      expect(Math.abs(value - wanted[i]!)).toBeLessThan(Math.max(moved / 5, 1e-6));
      expect(Math.abs(value - wanted[i]!)).toBeLessThan(reconstructed.error + 1e-6);
    });
  });

  it('is a stored one itself where that has the length and the time', async () => {
    const dest = inFolder('same.safetensors');
    const { parts, reconstructed } = await reconstruct({ length: { halfLifeKimg: 4 }, atKimg: 9, dest });
    expect(parts).toEqual([{ path: snapshot('stored', '000009'), coefficient: 1 }]);
    expect(reconstructed).toEqual({ error: 0, from: 1 });
    const { tensors, metadata } = await readSafetensors(dest);
    expect(tensors).toEqual((await readSafetensors(snapshot('stored', '000009'))).tensors);
    expect(readEmaRecord(metadata)).toEqual({
      images: 9050,
      length: { halfLifeKimg: 4, rampUpRatio: null },
      reconstructed: { error: 0, from: 1 },
    });
  });

  it('is refused where the stored ones cannot represent it, with those that they can', async () => {
    const names = readdirSync(folder);
    await expect(reconstruct({ length: { sigmaRel: 0.01 } })).rejects.toThrow(
      /^The 33 stored EMAs cannot represent relative width 0\.01 at 10\.05 kimg: its profile would be off by \d+ %, and at most 10 % is accepted\. They can represent .*relative widths from 0\.0\d+ to 0\.\d+\. They are .*half-life 0\.004 million images.*, at 11 times: /,
    );
    // One average at one time is all that it is.
    const sources = [snapshot('stored', '000010-rel0.1')];
    await expect(reconstruct({ sources, length: { sigmaRel: 0.05 } })).rejects.toThrow('The 1 stored EMA cannot');
    await expect(reconstruct({ length: { sigmaRel: 0.1 }, atKimg: 11.2 })).rejects.toThrow(
      'The snapshots are of a training from 0.05 to 10.05 kimg, and not of 11.2 kimg.',
    );
    expect(readdirSync(folder)).toEqual(names);
  });

  it('comes from snapshots of one training only, with records and numbers', async () => {
    await train('other', { seed: 8, emaRel: [0.05, 0.1] }, 0.05);
    const refused = (more: string, message: string | RegExp) =>
      expect(
        reconstruct({ sources: [snapshot('stored', '000010'), more], length: { sigmaRel: 0.07 } }),
      ).rejects.toThrow(message);
    await refused(
      snapshot('other', '000000-rel0.1'),
      /000000-rel0\.1.*its run has the seed 8, not 7: it is of another/,
    );
    const { tensors, metadata } = await readSafetensors(snapshot('stored', '000010-rel0.05'));
    const copy = async (name: string, change: object) => {
      await writeSafetensors(inFolder(name), { tensors, metadata, ...change });
      return inFolder(name);
    };
    await refused(await copy('bare.safetensors', { metadata: {} }), /it does not say how its weights were averaged/);
    const record = metadata.onestep_ema!;
    const changed = (from: string, to: string) => ({ metadata: { onestep_ema: record.replace(from, to) } });
    await refused(await copy('batch.safetensors', changed('"batch":50', '"batch":25')), /its steps had other batches/);
    await refused(await copy('odd.safetensors', changed('10050', '10049')), /its record of how .* is damaged/);
    await refused(await copy('less.safetensors', { tensors: {} }), /its tensor mean is not the same in shape and type/);
    const once = inFolder('once.safetensors');
    await reconstruct({ length: { sigmaRel: 0.07 }, dest: once });
    await refused(once, /it was reconstructed from snapshots: pass those of the run themselves/);
    (tensors.mean!.data as Float32Array)[1] = NaN;
    const broken = await copy('broken.safetensors', { tensors });
    const dest = inFolder('never.safetensors');
    const sources = [broken, snapshot('stored', '000010-rel0.1')];
    await expect(reconstruct({ sources, length: { sigmaRel: 0.05 }, dest })).rejects.toThrow(
      /broken\.safetensors: mean holds NaN: leave this snapshot out/,
    );
    expect(readdirSync(folder).filter((name) => name.includes('never'))).toEqual([]);
  });

  it('never takes the place of a snapshot, nor of another file unless it may', async () => {
    const length = { sigmaRel: 0.1 };
    const dest = inFolder('there.safetensors');
    await writeSafetensors(dest, { tensors: {}, metadata: {} });
    await expect(reconstruct({ length, dest })).rejects.toThrow('there.safetensors: it exists; give --overwrite');
    await reconstruct({ length, dest, overwrite: true });
    expect(Object.keys((await readSafetensors(dest)).tensors)).toEqual(['mean', 'log_std']);
    const own = { length, dest: snapshot('stored', '000003'), overwrite: true };
    await expect(reconstruct(own)).rejects.toThrow('it is one of the snapshots; give another name');
    await expect(reconstruct({ length, dest: inFolder('no', 'x.safetensors') })).rejects.toThrow('there is no folder');
  });
});
