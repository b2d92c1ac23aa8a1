import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { convertDataset } from '@onestep/datasets';
import { runHere } from './support/run-here.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let teacher: string;
let zip: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-published-'));
  teacher = await writeTinyTeacher(folder, 32, 0);
  zip = join(folder, 'cifar10-32x32.zip');
  await convertDataset({ source: await writeIdxFiles(folder, 16), dest: zip });
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a command line of a published script, with files of ours, up to the point where work begins. */
async function dryRun(script: string): Promise<{ options: Record<string, unknown>; notes: string[] }> {
  const text = script.replaceAll('TEACHER', teacher).replaceAll('ZIP', zip).replaceAll('OUT', join(folder, 'out'));
  const { stdout, stderr } = await runHere([...text.trim().split(/\s+/), '-n']);
  const { command_line: options } = JSON.parse(stdout) as { command_line: Record<string, unknown> };
  return { options, notes: stderr.split('\n').filter((line) => line.startsWith('--')) };
}

it.each([
  [
    'EDM, README',
    'edm train --outdir=OUT --data=ZIP --cond=1 --arch=ddpmpp --batch-gpu=1 --cbase=8',
    { cond: true, batch: 512 },
  ],
  [
    'EDM, FFHQ',
    'edm train --outdir=OUT --data=ZIP --cond=1 --batch=256 --batch-gpu=1 --cbase=8 --cres=1,2,2,2 --lr=2e-4 --dropout=0.05 --augment=0.15 --precond=vp --arch=ncsnpp',
    { batch: 256, cres: [1, 2, 2, 2], precond: 'vp', arch: 'ncsnpp' },
  ],
  [
    'Diff-Instruct, README',
    `distill diff-instruct --outdir=OUT --data=ZIP --arch=ddpmpp --batch 128 --edm_model TEACHER --cond=0 --metrics fid10_full --tick 10
     --snap 50 --lr 0.00001 --glr 0.00001 --init_sigma 1.0 --fp16=0 --lr_warmup_kimg -1 --ls 1.0 --sgls 1.0 --nosubdir 0`,
    { batch: 128, initSigma: 1, lrWarmupKimg: -1, metrics: ['fid10_full'] },
  ],
  [
    'SiD, CIFAR-10',
    `distill sid --alpha 1.2 --tmax 800 --init_sigma 2.5 --batch 256 --batch-gpu 16 --outdir OUT --data ZIP --arch ddpmpp
     --edm_model TEACHER --metrics fid10_full,is10 --tick 10 --snap 50 --dump 500 --lr 1e-5 --glr 1e-5 --duration 500 --fp16 0 --use_gan 0
     --ls 1 --lsg 100 --nosubdir 0 --seed 1 --save_best_and_last True --detector_url fashion-mnist`,
    { alpha: 1.2, batchGpu: 16, saveBestAndLast: true, detector: 'fashion-mnist', lsg: 100 },
  ],
  [
    'Consistency models, ImageNet',
    `distill cd --outdir OUT --data_dir ZIP --teacher_model_path TEACHER --target_ema_mode fixed --start_ema 0.95 --scale_mode fixed
     --start_scales 40 --total_training_steps 600000 --loss_norm l2 --lr 0.000008 --weight_schedule uniform --ema_rate 0.999,0.9999
     --global_batch_size 2048 --batch_gpu 1 --use_fp16 False`,
    { targetEmaMode: 'fixed', startEma: 0.95, lossNorm: 'l2', emaMu: [0.999, 0.9999], batch: 2048, lr: 8e-6 },
  ],
  [
    'ECT, an hour on CIFAR-10, with the name of the teacher’s option',
    `distill ect --outdir=OUT --data=ZIP --cond=0 --arch=ddpmpp --metrics=fid10_full --edm_model=TEACHER --duration=25.6 --tick=12.8
     --double=250 --batch=128 --lr=0.0001 --optim=RAdam --dropout=0.2 --augment=0.0 -q 256 --double 10000 --ema_beta 0.9993 --dump 80
     -k 8 -b 1 -c 0.06 --mapping const --mean -0.8 --std 1.6 --batch_gpu 1`,
    { q: 256, double: 10_000, emaMu: 0.9993, optimizer: 'radam', c: 0.06, mapping: 'const', mean: -0.8, std: 1.6 },
  ],
])('%s: taken as it is', async (_name, script, expected) => {
  const { options, notes } = await dryRun(script);
  expect(options).toMatchObject(expected);
  expect(notes).toEqual([]);
  expect(await readdir(folder)).not.toContain('out');
});

/** A line of run_sida.sh, with files of ours. */
const SIDA = `distill sida --alpha 1 --tmax 800 --init_sigma 2.5 --batch 256 --batch-gpu 32 --data ZIP --outdir OUT --resume OUT --nosubdir 0
   --arch ddpmpp --edm_model TEACHER --detector_url fashion-mnist --tick 10 --snap 50 --dump 200 --lr 1e-5 --glr 1e-5 --fp16 0 --ls 1
   --lsg 100 --lsd 1 --lsg_gan 0.01 --duration 100 --use_gan 1 --metrics fid10_full,is10 --save_best_and_last 1`;

it('SiDA and SiD²A: taken as they are', async () => {
  const { options, notes } = await dryRun(SIDA);
  expect(options).toMatchObject({
    lsd: 1,
    lsgGan: 0.01,
    useGan: true,
    saveBestAndLast: true,
    batchGpu: 32,
    duration: 100,
  });
  expect(notes).toEqual([]);
  const second = await dryRun(`${SIDA} --sid_model TEACHER`);
  expect(second.options.transfer).toBe(teacher);
  expect(second.notes).toEqual([]);
});

it.each([
  [`${SIDA} --sid_model TEACHER --transfer TEACHER`, /--sid-model and --transfer are two names of one option/],
  ['distill sida --edm_model TEACHER --outdir OUT', /sida learns from real images too: give --data ZIP.*--use-gan 0/],
  ['distill sida --edm_model TEACHER --outdir OUT --lsd -1', /--lsd/],
])('%s: is refused', (script, message) => expect(dryRun(script)).rejects.toThrow(message));

it('SiDA without images is data-free without its discriminator', async () => {
  const { options } = await dryRun('distill sida --edm_model TEACHER --outdir OUT --use_gan 0');
  expect(options).toMatchObject({ useGan: false });
});

it('SiD is not adversarial: says so, and where that is', async () => {
  const sida = 'distill sid --edm_model TEACHER --outdir OUT --sid_model TEACHER --lsd 1 --lsg_gan 0.01';
  const { options, notes } = await dryRun(`${sida} --use_gan=False`);
  expect(options.transfer).toBe(teacher);
  expect(notes.map((line) => line.split(':')[0])).toEqual(['--lsd 1 has no effect', '--lsg-gan 0.01 has no effect']);
  expect(Object.keys(options)).not.toContain('lsd');
  await expect(dryRun(`${sida} --use_gan True`)).rejects.toThrow(
    /--use-gan 1 asks for the adversarial loss.*onestep distill sida.*--use-gan 0/,
  );
});
