import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '@onestep/checkpoint/node';
import { describeGenerator, networkMetadata, SETTINGS_ENTRY } from '@onestep/diffusion-core';
import { writeSafetensors } from '@onestep/checkpoint/node';
import { tinyGan } from '../../../test-support/tiny-gan.js';
import { runHere } from './support/run-here.js';
import { writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let teacher: string;
let unconditional: string;
const inFolder = (name: string) => join(folder, name);
const SNAPSHOT = 'network-snapshot-000000.safetensors';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-own-latents-'));
  teacher = await writeTinyTeacher(folder, 8, 10);
  unconditional = await writeTinyTeacher(folder, 8, 0);
});
afterAll(() => rm(folder, { recursive: true }));

const distill = (method: string, generator: string, ...more: string[]) =>
  runHere(['distill', method, '--generator', generator, '--teacher', teacher, '--seed=1', '--batch=4', ...more]);
const refused = async (run: Promise<unknown>) => {
  const error = await run.then(
    () => new Error('It ran.'),
    (reason: unknown) => reason as Error & { exitCode?: number },
  );
  expect(existsSync(inFolder('never'))).toBe(false);
  return [error.message, (error as { exitCode?: number }).exitCode] as const;
};

describe('distill --generator pixels', () => {
  it('optimizes pictures, goes on exactly, and makes files that generate reads', async () => {
    const short = ['--glr=0.01', '--tick=0.008', '--dump=1', '--ema-mu=0.5', '--pictures=0'];
    const run = (outdir: string, images: number) =>
      distill('diff-instruct', 'pixels', ...short, `--outdir=${inFolder(outdir)}`, `--duration=${images * 1e-6}`);
    await run('whole', 24);
    await run('parts', 16);
    const [whole, parts] = ['whole', 'parts'].map((name) => inFolder(`${name}/00000-diff-instruct-cond-pixels-batch4`));
    await runHere(['distill', 'diff-instruct', '--resume', parts!, '--duration=24e-6']);
    const expected = await readSafetensors(join(whole!, SNAPSHOT));
    expect((await readSafetensors(join(parts!, SNAPSHOT))).tensors).toEqual(expected.tensors);
    const { command_line: recorded } = JSON.parse(await readFile(join(whole!, 'training_options.json'), 'utf8')) as {
      command_line: Record<string, unknown>;
    };
    expect(recorded).toMatchObject({ transfer: 'pixels' });
    expect(recorded).not.toHaveProperty('initSigma');

    const samples = inFolder('samples');
    const { stdout } = await runHere([
      'generate',
      '--network',
      whole!,
      '--outdir',
      samples,
      '--seeds=0-9',
      '--class=3',
    ]);
    expect(stdout).toContain('10 images in');
  });

  it('is refused by methods that need images of noise, with those that do not', async () => {
    const [message, code] = await refused(distill('boot', 'pixels', '--outdir', inFolder('never')));
    expect(code).toBe(2);
    expect(message).toMatch(
      /^pixels has latents of its own.*: BOOT cannot train it\. Leave --generator out .* one of the methods diff-instruct, sid, /,
    );
  });

  it.each([
    [['--init-sigma=1'], /^pixels has latents of its own.*: leave --init-sigma out\.$/],
    [['--noise-mode=random'], /^pixels are pictures, .*--noise-mode.*: leave it out\.$/],
    [['--regression-pairs=x'], /^pixels has latents.*Leave --regression-pairs out\.$/],
  ])('refuses %j', async (args, expected) => {
    const [message, code] = await refused(distill('sid', 'pixels', ...args, '--outdir', inFolder('never')));
    expect([message, code]).toEqual([expect.stringMatching(expected), 2]);
  });
});

describe('distill --generator GAN', () => {
  const writeGan = async (name: string, labelDim: number) => {
    await writeFile(inFolder(name), await tinyGan(8, labelDim));
    return inFolder(name);
  };

  it('refines it, and goes on exactly without its file', async () => {
    const gan = await writeGan('gan.safetensors', 10);
    const short = ['--glr=1e-3', '--tick=0.004', '--dump=1', '--ema-mu=0.5', '--pictures=0', '--nosubdir'];
    const run = (outdir: string, images: number) =>
      distill('diff-instruct', gan, ...short, `--outdir=${inFolder(outdir)}`, `--duration=${images * 1e-6}`);
    await run('gan-whole', 12);
    await run('gan-parts', 8);
    await rm(gan);
    await runHere(['distill', 'diff-instruct', '--resume', inFolder('gan-parts'), '--duration=12e-6']);
    const [whole, parts] = await Promise.all(
      ['gan-whole', 'gan-parts'].map((name) => readSafetensors(join(inFolder(name), SNAPSHOT))),
    );
    expect(parts!.tensors).toEqual(whole!.tensors);
    const { model, generator } = JSON.parse(whole!.metadata[SETTINGS_ENTRY]!) as Record<string, object>;
    expect(model).toMatchObject({ type: 'stylegan2' });
    expect(generator).toMatchObject({ method: 'diff-instruct', noise: 'random', psi: 1 });
    const image = async (...args: string[]) => {
      const outdir = inFolder(`images-${args.join('')}`);
      const network = inFolder('gan-whole');
      await runHere(['generate', '--network', network, '--outdir', outdir, '--seeds=3', '--class=1', ...args]);
      return readFile(join(outdir, '000003.png'));
    };
    const usual = await image();
    for (const args of ['--trunc=0.1', '--noise-mode=const']) expect(await image(args)).not.toEqual(usual);
  });

  it('refuses one of other labels than the teacher', async () => {
    const [message] = await refused(
      distill('sid', await writeGan('other.safetensors', 0), '--outdir', inFolder('never')),
    );
    expect(message).toMatch(/of 0 classes, and the teacher .* of 10 classes\. Both have to be conditional/);
  });
});

it('refuses options of a GAN where there is none', async () => {
  const { tensors, metadata } = await readSafetensors(unconditional);
  const settings = JSON.parse(metadata[SETTINGS_ENTRY]!) as Record<string, unknown>;
  const student = inFolder('student.safetensors');
  await writeSafetensors(student, {
    tensors,
    metadata: networkMetadata(describeGenerator(settings, { initSigma: 1 })),
  });
  const generate = runHere(['generate', '--network', student, '--outdir', inFolder('never'), '--trunc=0.7']);
  expect(await refused(generate)).toEqual([`${student} is made of a denoiser, and takes no --trunc: leave it out.`, 2]);
  const calc = runHere(['metrics', 'calc', '--network', student, '--num=10', '--noise-mode=const']);
  expect((await refused(calc))[0]).toMatch(/is made of a denoiser, and takes no --noise-mode: leave it out/);
  const wrong = await refused(distill('sid', student, '--outdir', inFolder('never')));
  expect(wrong[0]).toMatch(
    /makes 8x8x1 images of 0 classes, and the teacher 8x8x1 images of 10 classes\. Both have to be conditional/,
  );
  const mode = ['distill', 'sid', '--teacher', teacher, '--noise-mode=const', '--outdir', inFolder('never')];
  expect((await refused(runHere(mode)))[0]).toMatch(/^--noise-mode is for a GAN: give --generator FILE/);
});
