import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completeNetworkSettings, settingsFromPublished, type NetworkSettings } from '@onestep/edm';
import { decodeSafetensors } from '@onestep/checkpoint';
import { createProgram } from '../src/program.js';
import { chooseLoss, type EdmTrainOptions } from '../src/training/edm-train-options.js';
import { runCli, startCli, type Finished } from './support/cli.js';
import { runInside } from './support/run-here.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

type Options = Record<string, unknown> & { command_line: Record<string, unknown> };

let folder: string;
let zip: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-train-'));
  zip = join(folder, 'data.zip');
  await runInside(['dataset', 'convert', '--source', await writeIdxFiles(folder, 32), '--dest', zip]);
});
afterAll(() => rm(folder, { recursive: true }));

const SIZE = ['--cond=1', '--cbase=4', '--cres=1,1', '--blocks=1', '--attn=16'];
// Without pictures, which take 35 network evaluations each.
const LENGTH = [
  '--pictures=0',
  '--batch=4',
  '--batch-gpu=2',
  '--tick=0.008',
  '--snap=2',
  '--dump=1',
  '--lr-ramp=0',
  '--seed=7',
];
/** Trains a tiny network, with dropout and augmentation, for `kimg` thousand images: ticks at 4, 12, 20, ... images. */
const args = (outdir: string, kimg: number, ...more: string[]) => [
  ...['edm', 'train', '--outdir', outdir, '--data', zip, ...SIZE, ...LENGTH, `--duration=${kimg / 1000}`, ...more],
];
const optionsOf = async (run: string) =>
  JSON.parse(await readFile(join(run, 'training_options.json'), 'utf8')) as Options;
const weightsOf = async (run: string, file: string) => decodeSafetensors(await readFile(join(run, file)), file).tensors;

describe('onestep edm train', () => {
  it('draws the noise levels of --P-mean and --P-std, which belong to the loss of EDM', async () => {
    const options = { precond: 'edm', PMean: 0.6, PStd: 1.8 } as EdmTrainOptions;
    const sigmas = chooseLoss(options).sigmas(Float32Array.of(0, 1));
    expect(sigmas[0]).toBeCloseTo(Math.exp(0.6), 5);
    expect(sigmas[1]).toBeCloseTo(Math.exp(2.4), 4);
    const published = chooseLoss({ precond: 'edm' } as EdmTrainOptions).sigmas(Float32Array.of(1));
    expect(published[0]).toBeCloseTo(1, 6);
    const program = await createProgram([]);
    const args = ['edm', 'train', '--data', zip, '--outdir', folder, '--precond', 've', '--P-std', '2'];
    await expect(program.parseAsync(args, { from: 'user' })).rejects.toThrow('--P-std has no effect with --precond ve');
  });

  it('takes every option of the published script, and says which have no effect', async () => {
    const outdir = join(folder, 'published');
    const published =
      `--outdir=${outdir} --data=${zip} --cond=1 --arch=adm --precond=vp --duration=0.5 --batch=8 --batch-gpu=4 --cbase=64 ` +
      '--cres=1,2 --lr=2e-4 --ema=0.1 --dropout=0.05 --augment=0.15 --xflip=1 --fp16=1 --ls=100 --bench=0 --cache=0 ' +
      '--workers=3 --desc=word --nosubdir --tick=10 --snap=5 --dump=20 --seed=11 -n';
    const { stdout, stderr, code } = await runInside(['edm', 'train', ...published.split(' ')]);
    expect(code).toBe(0);
    const notes = stderr.split('\n').filter((line) => line.startsWith('--'));
    expect(notes.map((line) => line.split(' ')[0])).toEqual(['--fp16', '--bench']);
    const options = JSON.parse(stdout) as Options;
    expect(options).toMatchObject({
      command: 'edm train',
      dataset_kwargs: { path: zip, use_labels: true, xflip: true, cache: false, resolution: 32, max_size: 32 },
      data_loader_kwargs: { num_workers: 3 },
      network_kwargs: {
        model_type: 'DhariwalUNet',
        model_channels: 64,
        channel_mult: [1, 2],
        augment_dim: 9,
        dropout: 0.05,
      },
      loss_kwargs: { class_name: 'training.loss.VPLoss' },
      optimizer_kwargs: { class_name: 'torch.optim.Adam', lr: 2e-4, betas: [0.9, 0.999], eps: 1e-8 },
      augment_kwargs: { p: 0.15, xflip: 1e8, yflip: 1, scale: 1, rotate_frac: 1, aniso: 1, translate_frac: 1 },
      total_kimg: 500,
      ema_halflife_kimg: 100,
      batch_size: 8,
      batch_gpu: 4,
      loss_scaling: 100,
      cudnn_benchmark: false,
      kimg_per_tick: 10,
      snapshot_ticks: 5,
      state_dump_ticks: 20,
      seed: 11,
    });
    expect(await readdir(folder)).not.toContain('published');

    // Underscores instead of dashes, and the published defaults.
    const plain = ['edm', 'train', `--outdir=${outdir}`, `--data=${zip}`, '--cbase=8', '--batch_gpu=64', '--dry_run'];
    const defaults = JSON.parse((await runInside(plain)).stdout) as Options;
    expect(defaults.command_line).toMatchObject({ batchGpu: 64, batch: 512, augment: 0.12, dropout: 0.13, lr: 1e-3 });
    expect(defaults).toMatchObject({
      total_kimg: 200_000,
      kimg_per_tick: 50,
      snapshot_ticks: 50,
      state_dump_ticks: 500,
    });
    expect(defaults.seed).toSatisfy((seed: number) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31);
    expect(defaults).not.toHaveProperty('resume_pkl');
  });

  it('killed and resumed, or begun again with an older state, ends with the weights of an undisturbed run', async () => {
    const whole = join(folder, 'whole');
    const emas = ['--ema=0.000008,0.000002', '--ema-rel=0.1'];
    expect(await runInside(args(whole, 0.036, ...emas))).toMatchObject({ code: 0 });
    const [run] = await readdir(whole);
    expect(run).toBe('00000-data-cond-ddpmpp-edm-gpus1-batch4-fp32');
    const undisturbed = join(whole, run!);
    const files = ['', '-ema0.000002', '-rel0.1'].map((name) => `network-snapshot-000000${name}.safetensors`);
    const allOf = (folder: string) => Promise.all(files.map((each) => weightsOf(folder, each)));
    const [last, ...further] = await allOf(undisturbed);

    const killed = join(folder, 'killed');
    await killAfter(startCli(args(killed, 0.036, '--nosubdir', ...emas)), 'tick 2');
    expect(await runCli(['edm', 'train', '--resume', killed])).toMatchObject({ code: 0 });
    expect(await allOf(killed)).toEqual([last, ...further]);
    expect(await optionsOf(killed)).toEqual({ ...(await optionsOf(undisturbed)), run_dir: killed });

    // From another run's state, in a new folder: longer than it was.
    const state = (await readdir(undisturbed)).find((name) => name.startsWith('training-state'))!;
    const begun = join(folder, 'begun');
    const resume = ['edm', 'train', '--resume', join(undisturbed, state)];
    const longer = [...resume, '--outdir', begun, '--duration=0.000052', '--desc=longer'];
    expect(await runInside(longer)).toMatchObject({ code: 0 });
    const longerRun = join(begun, '00000-data-cond-ddpmpp-edm-gpus1-batch4-fp32-longer');
    expect(await optionsOf(longerRun)).toMatchObject({
      total_kimg: 0.052,
      resume_state_dump: join(undisturbed, state),
      resume_kimg: 0,
      seed: 7,
    });
    expect(await runInside(['edm', 'train', '--resume', undisturbed, '--duration=0.000052'])).toMatchObject({
      code: 0,
    });
    expect(await allOf(longerRun)).toEqual(await allOf(undisturbed));
    expect(await allOf(longerRun)).not.toEqual([last, ...further]);
    // Its ticks are its own, from 0 on, and the first is a step long again.
    const ticks = (await readFile(join(longerRun, 'stats.jsonl'), 'utf8')).trimEnd().split('\n');
    const progress = (name: string) => ticks.map((line) => JSON.parse(line)[`Progress/${name}`].mean as number);
    expect(progress('tick')).toEqual([0, 1, 2]);
    expect(progress('kimg')).toEqual([0.04, 0.048, 0.052]);
  });

  it('transfers weights by name, says what is new, and averages without a ramp', async () => {
    const teacher = await writeTinyTeacher(folder, 8);
    const small = join(folder, 'small.zip');
    await runInside(['dataset', 'convert', '--source', zip, '--dest', small, '--resolution=8x8']);
    const outdir = join(folder, 'transferred');
    const from = [`--data=${small}`, `--transfer=${teacher}`];
    const transfer = ['--pictures=1', '--attn=1', ...from, '--nosubdir', '--dropout=0', '--lr=1e-9'];
    const { stderr, code } = await runInside(args(outdir, 0.008, ...transfer));
    expect(code).toBe(0);
    expect(stderr).toMatch(/--transfer: \d+ tensors taken; 1 new \(model\.map_augment\.weight\); 0 not used\./);
    expect(await optionsOf(outdir)).toMatchObject({ resume_pkl: teacher, ema_rampup_ratio: null });
    expect(await readdir(outdir)).toEqual(expect.arrayContaining(['fakes000000.png', 'reals.png', 'report.html']));
    const before = await weightsOf(dirname(teacher), basename(teacher));
    const after = await weightsOf(outdir, 'network-snapshot-000000.safetensors');
    for (const [name, { data }] of Object.entries(before)) {
      data.forEach((value, i) => expect(Number(after[name]!.data[i])).toBeCloseTo(Number(value), 5));
    }
    const other = await runInside(args(join(folder, 'other'), 0.008, '--cbase=8', ...from));
    expect(other).toMatchObject({ code: 1 });
    expect(other.stderr).toMatch(/network of another size: its model\.\S+ has shape/);
    expect(await readdir(folder)).not.toContain('other');
  });

  it('records the network so that the published constructor arguments describe it', async () => {
    const run = join(folder, 'whole', '00000-data-cond-ddpmpp-edm-gpus1-batch4-fp32');
    const { class_name: name, ...model } = (await optionsOf(run)).network_kwargs as Record<string, unknown>;
    const data = { img_resolution: 32, img_channels: 1, label_dim: 10 };
    const described = settingsFromPublished(String(name).split('.').at(-1)!, { ...data, ...model });
    const file = 'network-snapshot-000000.safetensors';
    const { metadata } = decodeSafetensors(await readFile(join(run, file)), file);
    const { labels, ...settings } = JSON.parse(metadata.onestep!) as NetworkSettings;
    expect(completeNetworkSettings(described)).toEqual(settings);
    expect(labels).toEqual({ kind: 'classes', frequencies: expect.any(Array) });
  });
});

/** Kills a training as soon as it has printed `text`. */
async function killAfter({ child, finished }: ReturnType<typeof startCli>, text: string): Promise<Finished> {
  let seen = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
    if (seen.includes(text)) child.kill('SIGKILL');
  });
  const result = await finished;
  expect(result.signal, result.stderr).toBe('SIGKILL');
  return result;
}
