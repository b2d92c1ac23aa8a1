import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openSafetensors, writeSafetensors } from '@onestep/checkpoint/node';
import { describeGenerator, networkMetadata, SETTINGS_ENTRY } from '@onestep/diffusion-core';
import { createProgram } from '../src/program.js';
import { writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let teacher: string;
const inFolder = (name: string) => join(folder, name);
const said: string[] = [];

/** Runs a command in this process. What it prints is in `said`. */
async function run(...argv: string[]): Promise<void> {
  await (await createProgram(argv)).parseAsync(argv, { from: 'user' });
}

/** The tiny diffusion model as a generator that a method trained. */
async function writeStudent(method: string): Promise<string> {
  const { tensors, metadata } = openSafetensors(teacher);
  const settings = JSON.parse(metadata[SETTINGS_ENTRY]!) as Record<string, unknown>;
  const path = inFolder(`${method}.safetensors`);
  const described = networkMetadata(describeGenerator(settings, { initSigma: 2.5, method }));
  await writeSafetensors(path, { tensors, metadata: described });
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-steps-'));
  teacher = await writeTinyTeacher(folder);
  for (const stream of ['log', 'error'] as const) {
    vi.spyOn(console, stream).mockImplementation((...line: unknown[]) => void said.push(line.join(' ')));
  }
});
afterEach(() => said.splice(0));
afterAll(() => rm(folder, { recursive: true }));

describe('several steps', () => {
  it('of generate: by number or by level, the same images, with their cost', async () => {
    const student = await writeStudent('sid');
    const generate = (outdir: string, ...more: string[]) =>
      run('generate', `--network=${student}`, `--outdir=${inFolder(outdir)}`, '--seeds=0-1', '--class=1', ...more);
    const image = (outdir: string) => readFile(inFolder(`${outdir}/000001.png`));
    await generate('two', '--steps=2');
    expect(said.join('\n')).toMatch(/2 images in .*two: 2 network evaluations each, /);
    await generate('levels', '--levels=2.5,0.821');
    await generate('one', '--steps=1');
    await generate('usual');
    expect(await image('levels')).toEqual(await image('two'));
    expect(await image('one')).toEqual(await image('usual'));
    expect(await image('two')).not.toEqual(await image('one'));
    // The folder's note tells images of other steps apart, however the steps were typed.
    const note = async (outdir: string) => (await readFile(inFolder(`${outdir}/generated.json`))).toString();
    expect(await note('levels')).toBe(await note('two'));
    expect(await note('one')).toBe(await note('usual'));
    expect(await note('one')).not.toBe(await note('two'));
  });

  it('of metrics calc: the number of evaluations stands with the numbers', async () => {
    const student = await writeStudent('sid');
    const calc = ['metrics', 'calc', '--metrics=fid10_full', '--json'];
    await run(...calc, `--network=${student}`, '--levels=2.5,1,0.3');
    const line = JSON.parse(said.find((text) => text.startsWith('{'))!) as { images: string };
    expect(line.images).toMatch(/by .*sid\.safetensors, 3 network evaluations each/);
    await expect(run(...calc, `--network=${teacher}`, '--levels=2,1')).rejects.toMatchObject({
      message: expect.stringMatching(
        /--levels are those of a one-step generator, .*diffusion model: give --steps/,
      ) as string,
      exitCode: 2,
    });
  });

  it('are refused where they do not fit, before there is a folder', async () => {
    const refused = (network: string, ...more: string[]) =>
      expect(run('generate', `--network=${network}`, `--outdir=${inFolder('never')}`, ...more)).rejects;
    await refused(await writeStudent('diff-instruct'), '--steps=2').toMatchObject({
      message: expect.stringMatching(
        /Diff-Instruct trains generators .* one step only\. Leave out --steps and --levels, or .* sid, /,
      ) as string,
      exitCode: 2,
    });
    const student = await writeStudent('sid');
    await refused(student, '--levels=2.5,3').toThrow(/The --levels 2\.5,3 must be numbers above 0 that fall/);
    await refused(student, '--levels=9,1').toThrow(/--levels 9,1 must be 2\.5, .* --init-sigma sets/);
    await refused(student, '--levels=2.5,1', '--steps=3').toThrow(/2 levels for 3 steps: .* leave out --steps/);
    await refused(student, '--init-sigma=0.5', '--steps=2').toThrow(/0\.821: choose --levels/);
    expect(await readdir(folder)).not.toContain('never');
  });
});
