import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors } from '@onestep/checkpoint';
import { openNpz } from '@onestep/checkpoint/node';
import { runCli } from './support/cli.js';
import { runInside } from './support/run-here.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let zip: string;
let unconditional: string;
let conditional: string;
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-distill-'));
  zip = inFolder('cifar10-32x32.zip');
  await runInside(['dataset', 'convert', '--source', await writeIdxFiles(folder, 32), '--dest', zip]);
  unconditional = await writeTinyTeacher(folder, 32, 0);
  conditional = await writeTinyTeacher(folder, 32, 10);
});
afterAll(() => rm(folder, { recursive: true }));

/** A published command line, with a tiny teacher, small batches, few images behind each metric, and a short run. */
const published = (text: string, outdir: string) => [
  ...text
    .replace('OUT', outdir)
    .replace('ZIP', zip)
    .replace(/--batch \d+/, '--batch 32')
    .replaceAll('50k', '10')
    .split(/\s+/),
  `--edm_model=${unconditional}`,
  '--seed=1',
];
/** The only run of a folder: its name, its files, and the records of its ticks. */
async function onlyRun(outdir: string) {
  const [name] = await readdir(outdir);
  const files = (await readdir(join(outdir, name!))).sort();
  const stats = (await readFile(join(outdir, name!, 'stats.jsonl'), 'utf8')).trimEnd().split('\n');
  return { name, files, ticks: stats.map((line) => JSON.parse(line) as Record<string, { mean: number }>) };
}
const tensorsOf = async (path: string) => decodeSafetensors(await readFile(path), path).tensors;
const notesOf = (stderr: string) => stderr.split('\n').filter((line) => line.startsWith('--'));
const dryRun = async (...args: string[]) => {
  const { stdout, stderr, code } = await runInside(['distill', ...args, '--outdir', inFolder('dry'), '-n']);
  expect(code).toBe(0);
  const { command_line: options } = JSON.parse(stdout) as { command_line: Record<string, unknown> };
  return { options, notes: notesOf(stderr) };
};

describe('the published command lines', () => {
  it('of Diff-Instruct', async () => {
    const text =
      '--outdir=OUT --data=ZIP --arch=ddpmpp --batch 128 --edm_model cifar10-uncond --cond=0 --metrics fid50k_full ' +
      '--tick 10 --snap 50 --lr 0.00002 --glr 0.00002 --init_sigma 1.0 --fp16=0 --lr_warmup_kimg -1 --ls 1.0 --sgls 1.0';
    const outdir = inFolder('di');
    const { code, stderr } = await runCli(['distill', 'diff-instruct', ...published(text, outdir), '--duration=64e-6']);
    expect([code, notesOf(stderr)]).toEqual([0, []]);
    const { name, files, ticks } = await onlyRun(outdir);
    expect(name).toBe(
      '00000-diff-instruct-uncond-ls1-sgls1-glr0.00002-sglr0.00002-sigma1-gpus1-batch32-fp32-lrwarmkimg-1',
    );
    expect(files).toEqual([
      ...[
        'fakes000000.png',
        'fakes_init.png',
        'log.txt',
        'metric-fid10_full.jsonl',
        'network-snapshot-000000.safetensors',
        'reals.png',
        'report.html',
      ],
      ...['stats.jsonl', 'training-state-000000.safetensors', 'training_options.json'],
    ]);
    expect(ticks.map((tick) => tick['Progress/kimg']!.mean)).toEqual([0.032, 0.064]);
    for (const quantity of [
      'SgLoss/loss',
      'GLoss/loss',
      'Score_gap',
      'Teacher_distance',
      'Learning_signal',
      'Metrics/fid10_full',
    ]) {
      expect(
        ticks.every((tick) => Number.isFinite(tick[quantity]!.mean)),
        quantity,
      ).toBe(true);
    }
  });

  it('of SiD', async () => {
    const text =
      '--alpha 1.2 --tmax 800 --init_sigma 2.5 --batch 256 --batch-gpu 16 --outdir OUT --data ZIP --arch ddpmpp ' +
      '--edm_model cifar10-uncond --metrics fid50k_full,is50k --tick 10 --snap 50 --dump 500 --lr 1e-5 --glr 1e-5 --fp16 0 ' +
      '--ls 1 --lsg 100 --duration 500';
    const outdir = inFolder('sid');
    const { code, stderr } = await runInside(['distill', 'sid', ...published(text, outdir), '--duration=32e-6']);
    expect([code, notesOf(stderr)]).toEqual([0, []]);
    const { name, files, ticks } = await onlyRun(outdir);
    expect(name).toBe('00000-sid-uncond-glr0.00001-lr0.00001-initsigma2.5-alpha1.2-batch32-tmax800-fp32');
    expect(files).toContain('network-snapshot-000000.safetensors');
    expect(files).toContain('fakes000000.png');
    const [tick] = ticks;
    for (const quantity of ['fake_score_Loss/loss', 'G_Loss/loss', 'Metrics/fid10_full', 'Metrics/is10']) {
      expect(Number.isFinite(tick![quantity]!.mean), quantity).toBe(true);
    }
  });
});

describe('onestep distill', () => {
  it('takes every other published option, and says which have no effect', async () => {
    const common =
      '--arch=ddpmpp --precond=edm --cbase=4 --cres=1,1 --cond=1 --ema=0.1 --dropout=0.05 --augment=0.1 --xflip=1 --fp16=1 ' +
      '--bench=1 --cache=0 --workers=3 --desc=word --nosubdir --tick=5 --snap=7 --dump=9 --seed=11 --batch=8 --batch-gpu=4';
    const noEffect = ['--fp16', '--bench', '--workers', '--cache', '--xflip', '--data-stat', '--augment'];
    const args = [`--edm_model=${conditional}`, '--data_stat=stats.npz', ...common.split(' ')];
    const sid = await dryRun('sid', ...args, '--g_beta1=0.9', `--transfer=${conditional}`);
    expect(sid.notes.map((line) => line.split(' ')[0])).toEqual(noEffect);
    expect(sid.options).toMatchObject({ gBeta1: 0.9, alpha: 1.2, tmax: 800, lsg: 100, dropout: 0.05, seed: 11 });
    const di = await dryRun('diff-instruct', ...args, '--ema_mu=0.99', '--lr_warmup_kimg=50');
    expect(di.notes.map((line) => line.split(' ')[0])).toEqual(noEffect);
    expect(di.options).toMatchObject({ emaMu: 0.99, lrWarmupKimg: 50, ls: 1, sgls: 1, ema: 0.1, tick: 5 });
  });

  it('--preset is a published run, where no option says otherwise', async () => {
    const { options } = await dryRun('sid', '--preset=afhq64-v2', `--edm_model=${conditional}`, '--batch-gpu=8');
    expect(options).toMatchObject({
      ...{ alpha: 1, batch: 512, batchGpu: 8, lr: 5e-6, glr: 5e-6, dropout: 0.05, augment: 0.15 },
      ...{ duration: 500, tick: 10, snap: 50, dump: 500, metrics: ['fid50k_full', 'is50k'], edmModel: conditional },
    });
  });

  it.each([
    [['--arch', 'ncsnpp'], /--arch ncsnpp is not what the teacher has.*--arch ddpmpp/],
    [['--cbase', '128'], /--cbase 128.*--cbase 4/],
    [['--cond', '1'], /unconditional/],
    [['--save-best-and-last'], /needs a metric/],
    [['--class-probabilities', '1,2'], /--class-probabilities has no meaning here: this network is unconditional/],
  ])('refuses %j before it starts', async (args, message) => {
    const outdir = inFolder('never');
    const { code, stderr } = await runInside([
      'distill',
      'sid',
      `--edm-model=${unconditional}`,
      '--outdir',
      outdir,
      ...args,
    ]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
    expect(await readdir(folder)).not.toContain('never');
  });

  it('refuses a data set of other images, and a generator for another kind', async () => {
    const small = await writeTinyTeacher(folder, 8, 0);
    const args = ['distill', 'sid', `--edm-model=${small}`, '--outdir', inFolder('never')];
    const data = await runInside([...args, '--data', zip]);
    expect([data.code, data.stderr]).toEqual([1, expect.stringMatching(/32x32x1 images, and the teacher makes 8x8x1/)]);
    const transfer = await runInside([...args, `--transfer=${conditional}`]);
    expect([transfer.code, transfer.stderr]).toEqual([1, expect.stringMatching(/32x32x1 images of 10 classes/)]);
    expect(await readdir(folder)).not.toContain('never');
  });

  it('keeps the best snapshot by a metric that can be measured only', async () => {
    const small = await writeTinyTeacher(folder, 8, 0);
    const args = [
      'sid',
      `--edm-model=${small}`,
      '--metrics=fid50k_full',
      '--detector=fashion-mnist',
      '--metrics-optional',
      '--save-best-and-last',
    ];
    const best = await runInside(['distill', ...args, '--outdir', inFolder('never')]);
    expect([best.code, best.stderr]).toEqual([1, expect.stringMatching(/--metrics cannot be measured/)]);
  });

  it('goes on exactly, and starts from another generator', async () => {
    const small = await writeTinyTeacher(folder, 8, 10);
    const args = (outdir: string, images: number) => [
      ...['distill', 'diff-instruct', `--edm-model=${small}`, `--outdir=${inFolder(outdir)}`, '--nosubdir'],
      ...['--batch=8', '--lr=1e-3', '--glr=1e-3', '--ema-mu=0.5', '--tick=0.008', '--dump=1', '--seed=5'],
      ...['--pictures=0', `--duration=${images * 1e-6}`],
    ];
    const snapshot = 'network-snapshot-000000.safetensors';
    expect(await runInside(args('whole', 32))).toMatchObject({ code: 0 });
    expect(await runInside(args('parts', 16))).toMatchObject({ code: 0 });
    // In another process, which knows what is in the folder only.
    const resume = ['distill', 'diff-instruct', `--resume=${inFolder('parts')}`, '--duration=32e-6'];
    expect(await runCli(resume)).toMatchObject({ code: 0 });
    const whole = await tensorsOf(inFolder(`whole/${snapshot}`));
    expect(await tensorsOf(inFolder(`parts/${snapshot}`))).toEqual(whole);

    const transfer = `--transfer=${inFolder(`whole/${snapshot}`)}`;
    expect(await runInside([...args('transferred', 8), transfer, '--glr=1e-9'])).toMatchObject({ code: 0 });
    const transferred = await tensorsOf(inFolder(`transferred/${snapshot}`));
    for (const [name, { data }] of Object.entries(whole)) {
      data.forEach((value, i) => expect(Number(transferred[name]!.data[i])).toBeCloseTo(Number(value), 6));
    }
  });
});

describe('onestep generate', () => {
  it('takes the options of both published scripts', async () => {
    const outdir = inFolder('samples');
    const args = [
      'generate',
      `--network=${unconditional}`,
      '--outdir',
      outdir,
      '--seeds=0-11',
      '--batch=5',
      '--subdirs',
    ];
    const reference = inFolder('reference.safetensors');
    expect(await runInside(['metrics', 'ref', '--data', zip, '--dest', reference])).toMatchObject({ code: 0 });
    const more = ['--sigma_G=2.5', '--num=10', '--ref', reference, '--detector=inception.pkl', '--data_stat=x.npz'];
    const { code, stdout, stderr } = await runInside([...args, ...more]);
    expect(code).toBe(0);
    expect(notesOf(stderr).map((line) => line.split(' ')[0])).toEqual(['--detector', '--data-stat']);
    const { arr_0: images } = await openNpz(join(outdir, 'samples_10x32x32x1.npz'));
    expect(images!.shape).toEqual([10, 32, 32, 1]);
    expect(stdout).toMatch(/FID \S+ \(fashion-mnist-cnn-v0, 12 images, against cifar10-32x32 \(32 images\)\)/);
    const written = Number(await readFile(join(outdir, 'fid0.txt'), 'utf8'));
    expect(Number(/FID (\S+)/.exec(stdout)![1])).toBeCloseTo(written, 0);
    expect(await readdir(join(outdir, '000000'))).toHaveLength(12);

    const both = await runInside([...args, '--sigma_G=2.5', '--init_sigma=1']);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('mean the same')]);
    const few = await runInside(['generate', `--network=${unconditional}`, '--outdir', outdir, '--seeds=1', '--ref=x']);
    expect([few.code, few.stderr]).toEqual([2, expect.stringContaining('at least 10 images')]);
  });
});
