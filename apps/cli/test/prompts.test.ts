import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StateDict } from '@onestep/checkpoint';
import { readSafetensors, writeSafetensors } from '@onestep/checkpoint/node';
import { WordEncoder, type TrainingLabels } from '@onestep/diffusion-core';
import { DDPMPP, PreconditionedNetwork, saveNetwork } from '@onestep/edm';
import { Rng } from '@onestep/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { runHere, runInside } from './support/run-here.js';

let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);
const PROMPTS = ['a red circle on blue', 'a gray star'];

/** Writes an untrained diffusion model of 8x8 images with captions. @param captions that its file states */
async function writeTeacher(name: string, captions?: readonly string[]): Promise<string> {
  const encoder = WordEncoder.fromCaptions([...PROMPTS, 'a green ring left of a star'], {
    minCount: 1,
    buckets: 2,
    slots: 1,
  });
  const labels: TrainingLabels = { kind: 'captions', encoder: encoder.settings, ...(captions && { captions }) };
  const model = { ...DDPMPP, modelChannels: 4, channelMult: [1], numBlocks: 1, attnResolutions: [], dropout: 0 };
  const shape = { imgResolution: 8, imgChannels: 3, labelDim: encoder.dim, labels };
  const network = new PreconditionedNetwork({ ...shape, preconditioning: { scheme: 'edm' }, model }, new Rng(3));
  const { tensors, metadata } = await saveNetwork(network);
  await writeSafetensors(inFolder(name), { tensors: enlargeWeights(tensors), metadata });
  network.dispose();
  return inFolder(name);
}

/** Weights in which larger random numbers take the place of the smallest, so that a caption has a visible effect. */
function enlargeWeights(weights: StateDict): StateDict {
  const rng = new Rng(4);
  const entries = Object.entries(weights).map(([name, { shape, data }]) => {
    const isSmall = Math.max(...Array.from(data as Float32Array, Math.abs)) < 1e-3;
    return [name, { shape, data: isSmall ? rng.normal(data.length).map((value) => value / 3) : data }];
  });
  return Object.fromEntries(entries) as StateDict;
}

const SHORT = ['--batch=2', '--duration=0.000002', '--tick=0.002', '--snap=1', '--dump=1', '--nosubdir'];
const distill = (method: string, ...more: string[]) => runInside(['distill', method, ...SHORT, ...more]);
let [silent, teacher, prompts, data] = ['', '', '', ''];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-prompts-'));
  process.env.ONESTEP_CACHE_DIR = inFolder('cache');
  await startTestBackend();
  silent = await writeTeacher('silent.safetensors');
  teacher = await writeTeacher('teacher.safetensors', ['a red circle']);
  prompts = inFolder('prompts.txt');
  await writeFile(prompts, `${PROMPTS.join('\n')}\n\n${PROMPTS[0]}\n`);
  data = inFolder('shapes.zip');
  await runHere(['dataset', 'shapes', '--dest', data, '--num=8', '--resolution=8']);
});
afterAll(async () => {
  delete process.env.ONESTEP_CACHE_DIR;
  await rm(folder, { recursive: true });
});

describe('distill --prompts', () => {
  it('teaches a teacher without captions of its own, shows the prompts, and goes on with the same file only', async () => {
    const place = ['--edm-model', silent, '--outdir', inFolder('run')];
    const run = await distill('sid', ...place, '--prompts', prompts, '--guidance=2', '--negative-prompt=a star');
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain('3 prompts, 2 of them different: each is drawn as often as it occurs.');
    expect(run.stderr).not.toContain('label dropout');
    const { metadata } = await readSafetensors(inFolder('run', 'network-snapshot-000000.safetensors'));
    const { labels } = JSON.parse(metadata.onestep!) as { labels: TrainingLabels };
    expect(labels.captions).toEqual([...PROMPTS, PROMPTS[0]]);
    expect(await readFile(inFolder('run', 'fakes.txt'), 'utf8')).toBe(`${PROMPTS.join('\n')}\n`);
    expect(await readFile(inFolder('run', 'report.html'), 'utf8')).toContain(
      `<ol><li>${PROMPTS[0]}</li><li>${PROMPTS[1]}</li></ol>`,
    );
    await writeFile(inFolder('other.txt'), 'a gray star\n');
    const other = await distill('sid', ...place, '--resume', inFolder('run'), '--prompts', inFolder('other.txt'));
    expect(other).toMatchObject({ code: 1 });
    expect(other.stderr).toMatch(
      /command_line\.prompts is .*prompts\.txt with sha256:\w+\.\.\. there and .*other\.txt/,
    );
  });

  it.each([
    [
      'without prompts',
      () => ['sid', '--edm-model', silent],
      2,
      /takes captions, and its file has none.*--prompts FILE/,
    ],
    [
      'a missing file',
      () => ['sid', '--edm-model', silent, '--prompts', inFolder('no.txt')],
      1,
      /--prompts: .*no\.txt/,
    ],
    [
      'unknown words only',
      () => ['sid', '--edm-model', silent, '--prompts', inFolder('marks.txt')],
      1,
      /--prompts: .*knows no word of the prompt "\?"/,
    ],
    [
      'an unknown negative prompt',
      () => ['sid', '--edm-model', teacher, '--guidance=2', '--negative-prompt=?'],
      1,
      /--negative-prompt: .*knows no word/,
    ],
    [
      'pictures',
      () => ['sid', '--edm-model', teacher, '--generator=pixels'],
      1,
      /takes captions: pixels are for classes/,
    ],
    ['labels', () => ['sid', '--edm-model', teacher, '--cond=labels'], 2, /conditioned on captions/],
  ] as const)('refuses %s', async (_, args, code, message) => {
    await writeFile(inFolder('marks.txt'), 'a star\n?\n');
    const [method, ...more] = args();
    const refused = await distill(method!, ...more, '--outdir', inFolder('refused'));
    expect(refused.stderr).toMatch(message);
    expect(refused.code).toBe(code);
  });

  it('says what happens without prompts, and with a method that learns captions of its own', async () => {
    const dry = (...more: string[]) =>
      distill('ect', '--edm-model', teacher, '--outdir', inFolder('dry'), '--dry-run', ...more);
    const own = await dry('--data', data, '--prompts', prompts, '--xflip=1');
    expect(own.stderr).toContain('--prompts are what pictures and metrics show: ECT learns real images');
    expect(own.stderr).toMatch(/--xflip 1 mirrors \d images whose captions say left or right/);
    const file = await distill('sid', '--edm-model', teacher, '--outdir', inFolder('dry'), '--dry-run');
    expect(file.stderr).toContain("Captions are drawn from the 1 in the teacher's file.");
  });
});

it('a prompt changes the image of a teacher, and pairs are drawn from the prompts', async () => {
  const generate = async (...more: string[]) => {
    await runHere([
      'edm',
      'generate',
      '--network',
      teacher,
      '--outdir',
      inFolder('out'),
      '--seeds=0',
      '--steps=2',
      ...more,
    ]);
    return readFile(inFolder('out', '000000.png'));
  };
  const guided = ['--prompts', prompts, '--guidance=40'];
  const images = [
    await generate('--prompt=a gray star', '--guidance=40'),
    await generate(...guided),
    await generate(...guided, '--negative-prompt=a green ring'),
  ];
  expect(new Set(images.map((image) => image.toString('base64'))).size).toBe(3);
  await runHere([
    'edm',
    'pairs',
    '--network',
    silent,
    '--outdir',
    inFolder('pairs'),
    '--num=2',
    '--steps=1',
    '--prompts',
    prompts,
  ]);
  const { labels } = JSON.parse(await readFile(inFolder('pairs', 'pairs.json'), 'utf8')) as { labels: TrainingLabels };
  expect(labels.captions).toHaveLength(3);
  const refused = await runInside([
    'generate',
    '--network',
    teacher,
    '--outdir',
    inFolder('out'),
    '--negative-prompt=x',
  ]);
  expect(refused.stderr).toContain('give it to "onestep distill"');
});

describe('edm train --cond', () => {
  const train = (source: string, cond: string) =>
    runInside([
      'edm',
      'train',
      '--data',
      source,
      '--outdir',
      inFolder('t'),
      `--cond=${cond}`,
      '--batch=2',
      '--cbase=4',
      '--cres=1',
      '--blocks=1',
      '--attn=1',
      '--dry-run',
    ]);

  it('chooses between labels and captions where there are both', async () => {
    const both = inFolder('toys');
    await runHere(['dataset', 'draw', 'toys', '--dest', both, '--num=4', '--resolution=8']);
    const json = JSON.parse(await readFile(join(both, 'dataset.json'), 'utf8')) as { labels: [string, number][] };
    const captions = json.labels.map(([name, label]) => [name, `a toy of kind ${label} on the left`]);
    await writeFile(join(both, 'dataset.json'), JSON.stringify({ ...json, captions }));
    expect((await train(both, '1')).stderr).toContain(
      'has labels and captions: the network is conditioned on the labels',
    );
    expect((await train(both, 'labels')).stderr).not.toContain('captions');
    const chosen = await train(both, 'captions');
    expect(chosen.stderr).toContain('a vocabulary of');
    expect(JSON.parse(chosen.stdout)).toMatchObject({
      command_line: { cond: 'captions' },
      dataset_kwargs: { use_labels: true },
    });
    expect((await train(data, 'labels')).stderr).toContain('Give --cond captions for its captions');
    expect((await train(data, 'all')).stderr).toContain('It has to be labels, captions, 1 or 0');
  });
});
