import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors } from '@onestep/checkpoint';
import { runCli } from './support/cli.js';
import { runInside } from './support/run-here.js';
import { writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let teacher: string;
let unconditional: string;
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-boot-'));
  teacher = await writeTinyTeacher(folder);
  unconditional = await writeTinyTeacher(folder, 32, 0);
});
afterAll(() => rm(folder, { recursive: true }));

const distill = (...args: string[]) => runInside(['distill', 'boot', ...args]);
const snapshot = (run: string, kimg: string) => join(inFolder(run), `network-snapshot-${kimg}.safetensors`);

describe('onestep distill boot', () => {
  it('trains a generator without data, resumes, and its snapshot is generated from and measured in one call', async () => {
    const run = ['--nosubdir', `--outdir=${inFolder('run')}`];
    const options = ['--batch=16', '--batch-gpu=8', '--glr=1e-3', '--tick=0.016', '--metrics=fid10_full', '--seed=1'];
    const first = await distill(`--edm-model=${teacher}`, ...run, ...options, '--duration=32e-6');
    expect(first).toMatchObject({ code: 0, stderr: expect.not.stringContaining('no effect') });
    // In another process, which knows what is in the folder only.
    const second = await runCli(['distill', 'boot', `--resume=${inFolder('run')}`, '--duration=64e-6']);
    expect(second.stdout).toMatch(/Continuing .* at 0.032 kimg/);
    const ticks = (await readFile(join(inFolder('run'), 'stats.jsonl'), 'utf8')).trimEnd().split('\n');
    const stats = ticks.map((line) => JSON.parse(line) as Record<string, { mean: number }>);
    expect(stats.map((tick) => tick['Progress/kimg']!.mean)).toEqual([0.016, 0.032, 0.048, 0.064]);
    for (const name of ['G_Loss/bootstrap', 'G_Loss/boundary', 'Boundary_residual']) {
      expect(stats.every((tick) => Number.isFinite(tick[name]!.mean))).toBe(true);
    }
    expect(Object.keys(stats[0]!).filter((name) => name.startsWith('Bootstrap_increment/')).length).toBeGreaterThan(2);
    const report = await readFile(join(inFolder('run'), 'report.html'), 'utf8');
    const [, increments] = report.split('Relative_increment, by parts of the time');
    for (const part of ['t0.0-0.2', 't0.8-1.0']) expect(increments!.split('</figure>')[0]).toContain(`>${part}</text>`);
    expect(Number.isFinite(stats.at(-1)!['Metrics/fid10_full']!.mean)).toBe(true);
    const [record] = (await readFile(join(inFolder('run'), 'metric-fid10_full.jsonl'), 'utf8')).split('\n');
    const { results, ...measured } = JSON.parse(record!) as Record<string, unknown> & {
      results: { fid10_full: number };
    };
    expect(stats.map((tick) => tick['Metrics/fid10_full']?.mean)).toContain(results.fid10_full);
    expect(measured).toMatchObject({
      metric: 'fid10_full',
      detector: 'fashion-mnist-cnn-v0',
      snapshot_pkl: expect.stringMatching(/^network-snapshot-/),
    });

    const network = ['--network', snapshot('run', '000000')];
    const generated = await runInside(['generate', ...network, '--outdir', inFolder('images'), '--seeds=0-3']);
    expect(generated.stdout).toMatch(/4 images in .*: 1 network evaluation each/);
    const calculated = await runInside(['metrics', 'calc', ...network, '--num=10', '--json']);
    const [fid] = calculated.stdout.split('\n');
    expect(JSON.parse(fid!)).toMatchObject({ metric: 'fid10_edm', images: expect.stringContaining('1 network') });
  });

  it('makes a generator that takes the scale of guidance', async () => {
    const args = [`--edm-model=${teacher}`, '--nosubdir', `--outdir=${inFolder('guided')}`, '--guidance=1,3'];
    const trained = await distill(...args, '--batch=8', '--glr=1e-2', '--duration=32e-6', '--tick=1', '--seed=1');
    expect(trained.code).toBe(0);
    const generate = (outdir: string, ...more: string[]) =>
      runInside([
        'generate',
        '--network',
        snapshot('guided', '000000'),
        '--outdir',
        inFolder(outdir),
        '--seeds=0',
        ...more,
      ]);
    const image = async (name: string, scale: string) => {
      expect((await generate(name, `--guidance=${scale}`)).code).toBe(0);
      return readFile(join(inFolder(name), '000000.png'));
    };
    expect(await image('low', '1')).not.toEqual(await image('high', '3'));
    expect((await generate('middle')).code).toBe(0);
    const outside = await generate('outside', '--guidance=4');
    expect(outside.stderr).toMatch(/trained with guidance from 1 to 3, not 4/);
    expect(await readdir(folder)).not.toContain('outside');

    // Training goes on from it, and what tells it the scale goes on too.
    const from = ['--nosubdir', `--outdir=${inFolder('on')}`, `--transfer=${snapshot('guided', '000000')}`];
    const on = (...more: string[]) =>
      distill(`--edm-model=${teacher}`, ...from, '--batch=8', '--duration=8e-6', '--tick=1', '--seed=1', ...more);
    const other = await on('--guidance=1,4');
    expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/guidance from 1 to 3: pass the same range/)]);
    const same = await on('--guidance=1,3', '--glr=1e-9');
    expect([same.code, same.stderr]).toEqual([0, expect.stringMatching(/trained without label dropout/)]);
    const weights = async (run: string) =>
      decodeSafetensors(await readFile(snapshot(run, '000000'))).tensors['guidance.weight']!.data;
    const [before, after] = [await weights('guided'), await weights('on')];
    expect(before.some((value) => Math.abs(Number(value)) > 1e-3)).toBe(true);
    before.forEach((value, i) => expect(Number(after[i])).toBeCloseTo(Number(value), 6));
  });

  it('takes its options, and says which have no effect', async () => {
    const options = '--delta=0.2 --delta-end=0.05 --delta-kimg=10 --solver=ddim --t-min=0.1 --t-max=0.9 --beta=0.5';
    const more = '--weight-clip=9 --distance=pseudo-huber --init_sigma=1.5 --g-beta1=0 --dropout=0.1 --augment=0.1';
    const args = [
      `--edm-model=${teacher}`,
      ...options.split(' '),
      ...more.split(' '),
      `--outdir=${inFolder('dry')}`,
      '-n',
    ];
    const { code, stdout, stderr } = await distill(...args);
    expect(code).toBe(0);
    expect(stderr).toMatch(/--dropout has no effect.*\n--augment has no effect/);
    const { command_line: recorded } = JSON.parse(stdout) as { command_line: Record<string, unknown> };
    expect(recorded).toMatchObject({
      ...{ delta: 0.2, deltaEnd: 0.05, deltaKimg: 10, solver: 'ddim', tMin: 0.1, tMax: 0.9, beta: 0.5, weightClip: 9 },
      ...{ distance: 'pseudo-huber', initSigma: 1.5, gBeta1: 0 },
    });
  });

  it.each([
    [['--guidance', '1,2,3'], /one scale, such as 2, or a range/],
    [['--guidance', '3,1'], /a range from a smaller to a larger one/],
    [['--distance', 'l3'], /l2, l1, pseudo-huber/],
    [['--init-sigma', '90'], /init_sigma must be below the noise level at t_max, 80\.0, and is 90/],
    [['--t-min', '0.5', '--t-max', '0.5'], /--t-min must be below --t-max, and they are 0.5 and 0.5/],
    [['--guidance', '2', '--edm-model', 'UNCONDITIONAL'], /this network has no labels/],
  ])('refuses %j before it makes a folder', async (wrong, message) => {
    const args = wrong.map((arg) => (arg === 'UNCONDITIONAL' ? unconditional : arg));
    const { code, stderr } = await distill(`--edm-model=${teacher}`, ...args, `--outdir=${inFolder('never')}`);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(message);
    expect(await readdir(folder)).not.toContain('never');
  });
});
