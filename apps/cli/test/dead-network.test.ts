import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { DDPMPP, PreconditionedNetwork, saveNetwork } from '@onestep/edm';
import { Rng } from '@onestep/random';
import { readSafetensors, writeSafetensors } from '@onestep/checkpoint/node';
import { convertDataset } from '@onestep/datasets';
import { createProgram } from '@onestep/cli';
import { writeIdxFiles } from './support/tiny-files.js';

let folder: string;
const inFolder = (name: string) => join(folder, name);

/** Runs the program in this process. @throws what its command throws */
async function run(...argv: string[]): Promise<void> {
  await (await createProgram(argv)).parseAsync(argv, { from: 'user' });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-dead-'));
  await startTestBackend();
  const model = { ...DDPMPP, modelChannels: 4, channelMult: [1], numBlocks: 1, attnResolutions: [], dropout: 0 };
  const settings = {
    imgResolution: 32,
    imgChannels: 1,
    labelDim: 0,
    preconditioning: { scheme: 'edm' as const },
    model,
  };
  const network = new PreconditionedNetwork(settings, new Rng(3));
  await writeSafetensors(inFolder('teacher.safetensors'), await saveNetwork(network));
  network.dispose();
  await write('nan.safetensors', (value, i) => (i === 0 ? NaN : value));
  // Numbers, and yet the network returns NaN: what Adam leaves behind, which counts gradients of NaN as 0.
  await write('huge.safetensors', (value) => value * 1e30);
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, change: (value: number, index: number) => number): Promise<void> {
  const { tensors, metadata } = await readSafetensors(inFolder('teacher.safetensors'));
  for (const tensor of Object.values(tensors)) tensor.data = (tensor.data as Float32Array).map(change);
  await writeSafetensors(inFolder(name), { tensors, metadata });
}

describe('a network that returns NaN', () => {
  const [nan, huge] = [
    /nan\.safetensors: its tensor \S+ holds NaN.*earlier snapshot/,
    /huge\.safetensors returns NaN in every pixel/,
  ];

  it.each([
    ['nan', nan],
    ['huge', huge],
  ])('%s: no picture is made, and no metric', async (name, message) => {
    const network = `--network=${inFolder(`${name}.safetensors`)}`;
    const outdir = `--outdir=${inFolder('out/deep')}`;
    await expect(run('generate', network, outdir, '--seeds=0-3', '--init-sigma=2.5')).rejects.toThrow(message);
    await expect(run('edm', 'generate', network, outdir, '--seeds=0-3', '--steps=2')).rejects.toThrow(message);
    await expect(run('metrics', 'calc', network, '--num=10', '--init-sigma=2.5')).rejects.toThrow(message);
    await expect(run('metrics', 'calc', network, '--num=10', '--steps=2')).rejects.toThrow(message);
    expect(await readdir(folder)).not.toContain('out');
  });

  it.each(['nan', 'huge'])('%s: does not teach', async (name) => {
    const args = [`--edm-model=${inFolder(`${name}.safetensors`)}`, `--outdir=${inFolder(name)}`, '--batch=4'];
    await expect(run('distill', 'sid', ...args, '--duration=8e-6', '--nosubdir')).rejects.toThrow(/NaN/);
    expect(await readdir(folder)).not.toContain(name);
  });
});

describe('a training run that diverges', () => {
  it('ends with an error that says when and what is left; a lower rate goes on from there', async () => {
    const zip = inFolder('data.zip');
    await convertDataset({ source: await writeIdxFiles(folder, 16), dest: zip });
    const size = ['--cbase=4', '--cres=1', '--blocks=1', '--attn=1', '--batch=4', '--augment=0', '--dropout=0'];
    const length = ['--duration=16e-6', '--tick=0.008', '--snap=1', '--dump=1', '--nan-patience=3', '--seed=1'];
    const args = ['edm', 'train', `--data=${zip}`, ...size, ...length, '--lr-ramp=0', '--nosubdir'];
    await run(...args, `--outdir=${inFolder('good')}`);
    const state = inFolder('good/training-state-000000.safetensors');
    // The first step of the new run breaks the weights, and its losses are good ones still.
    const next = inFolder('next');
    const more = ['--lr=1e30', '--duration=64e-6', `--outdir=${next}`, '--nosubdir'];
    await expect(run('edm', 'train', '--resume', state, ...more)).rejects.toThrow(
      /died: from 0\.02 kimg.*3 steps in a row.*training state is \S+training-state-000000\S+ .*--lr 1e\+29/,
    );
    const report = await readFile(join(next, 'report.html'), 'utf8');
    expect(report).toContain('The run has died');
    expect(await readFile(join(next, 'log.txt'), 'utf8')).toMatch(/loss -/);
    expect(await readFile(join(next, 'stats.jsonl'), 'utf8')).toMatch(/"Loss\/loss":\{"num":0,"mean":null/);
  });
});
