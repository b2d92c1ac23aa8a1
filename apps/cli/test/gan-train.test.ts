import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from './support/run-here.js';
import { writeIdxFiles } from './support/tiny-files.js';

let folder: string;
let zip: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-gan-'));
  zip = join(folder, 'data.zip');
  await runHere(['dataset', 'convert', '--source', await writeIdxFiles(folder, 32), '--dest', zip]);
});
afterAll(() => rm(folder, { recursive: true }));

const dryRun = async (...more: string[]) => {
  const outdir = join(folder, 'dry');
  const args = ['gan', 'train', `--outdir=${outdir}`, `--data=${zip}`, '-n', ...more];
  const { stdout, stderr } = await runHere(args);
  expect(await readdir(folder)).not.toContain('dry');
  return { options: JSON.parse(stdout) as Record<string, unknown>, notes: stderr };
};

describe('onestep gan train', () => {
  it('takes every option of the published script, and says which have no effect', async () => {
    const published =
      '--cfg=tiny --gamma=4 --kimg=100 --batch=8 --cond=1 --subset=16 --mirror=1 --aug=fixed --p=0.2 --augpipe=bg --freezed=1 ' +
      '--snap=5 --seed=11 --fp32=1 --nhwc=1 --allow-tf32=0 --nobench=1 --workers=2 --gpus=1 --metrics=none';
    const { options, notes } = await dryRun(...published.split(' '));
    const named = notes.split('\n').filter((line) => line.startsWith('--'));
    expect(named.map((line) => line.split(' ')[0])).toEqual(['--nhwc', '--nobench', '--allow-tf32', '--gpus']);
    expect(options).toMatchObject({
      command: 'gan train',
      training_set_kwargs: { path: zip, use_labels: true, xflip: true, max_size: 16, resolution: 32 },
      G_kwargs: { z_dim: 8, synthesis_kwargs: { conv_clamp: null } },
      D_kwargs: { block_kwargs: { freeze_layers: 1 } },
      loss_kwargs: { r1_gamma: 4 },
      augment_p: 0.2,
      augment_kwargs: { xflip: 1, scale: 1 },
      batch_size: 8,
      total_kimg: 100,
      network_snapshot_ticks: 5,
      random_seed: 11,
    });
    expect(options.augment_kwargs).not.toHaveProperty('brightness');
  });

  it.each([
    [['--aug=noaug', '--p=0.1'], /^--p has no effect with --aug noaug: choose --aug fixed, or leave --p out/],
    [['--aug=fixed'], /--aug fixed needs .*: give --p/],
    [['--batch=3', '--cfg=cifar', '--p=0.1'], /^--p has no effect with --aug ada/],
    [['--augpipe=bg', '--cfg=small'], /^--augpipe has no effect with --aug noaug: choose --aug ada or fixed/],
    [['--subset=33'], /^--subset 33 asks for more images than .* has: give at most 32/],
    [['--resume=ffhq-256'], /^--resume: there is no ffhq-256\. .* NAME\.pkl .* one of ffhq256, .*lsundog256/],
  ])('refuses %j before any work', async (more, message) => {
    await expect(dryRun(...more)).rejects.toThrow(message);
  });

  it('trains, with pictures, snapshots and a state', async () => {
    const outdir = join(folder, 'runs');
    const length = ['--cfg=tiny', '--kimg=0.004', '--seed=3'];
    await runHere(['gan', 'train', `--outdir=${outdir}`, `--data=${zip}`, ...length]);
    const [run] = await readdir(outdir);
    expect(run).toBe('00000-data-tiny-kimg0.004');
    expect(await readFile(join(outdir, run!, 'log.txt'), 'utf8')).toMatch(/tick 0 .* G loss \d.* D loss \d/);
    expect(await readdir(join(outdir, run!))).toEqual(
      expect.arrayContaining(['fakes000000.png', 'network-snapshot-000000.safetensors', 'report.html', 'stats.jsonl']),
    );
  });
});
