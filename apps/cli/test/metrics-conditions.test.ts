import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSafetensors } from '@onestep/checkpoint/node';
import { encodePng } from '@onestep/datasets';
import { WordEncoder } from '@onestep/diffusion-core';
import { DDPMPP, PreconditionedNetwork, saveNetwork } from '@onestep/edm';
import { Rng } from '@onestep/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { readGrouping } from '../src/evaluation/condition-groups.js';
import { matchClasses } from '../src/evaluation/match-classes.js';
import { runHere } from './support/run-here.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let captioned: string;
let shapes: string;
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-conditions-'));
  process.env.ONESTEP_CACHE_DIR = inFolder('cache');
  shapes = inFolder('shapes.zip');
  await runHere(['dataset', 'shapes', '--dest', shapes, '--num=24']);
  captioned = await writeCaptionNetwork(inFolder('captions.safetensors'));
});
afterAll(async () => {
  delete process.env.ONESTEP_CACHE_DIR;
  await rm(folder, { recursive: true });
});

/** Writes an untrained network that takes captions. */
async function writeCaptionNetwork(path: string): Promise<string> {
  await startTestBackend();
  const captions = ['a red circle on blue', 'a blue star and a red ring'];
  const encoder = WordEncoder.fromCaptions(captions, { minCount: 1, buckets: 4, slots: 1 });
  const model = { ...DDPMPP, modelChannels: 4, channelMult: [1, 1], numBlocks: 1, attnResolutions: [], dropout: 0 };
  const network = new PreconditionedNetwork(
    {
      imgResolution: 32,
      imgChannels: 3,
      labelDim: encoder.dim,
      labels: { kind: 'captions', encoder: encoder.settings, captions },
      preconditioning: { scheme: 'edm' as const },
      model,
    },
    new Rng(3),
  );
  await writeSafetensors(path, await saveNetwork(network));
  network.dispose();
  return path;
}

const attributes = (...options: string[]) =>
  runHere(['metrics', 'attributes', '--network', captioned, '--steps=1', ...options]);
const groups = (...options: string[]) => runHere(['metrics', 'groups', '--data', shapes, '--steps=1', ...options]);

describe('metrics attributes', () => {
  it('asks a network for seen and held-out combinations, and counts what is right, with intervals', async () => {
    const { stdout } = await attributes('--num=3');
    expect(stdout).toMatch(/by .*captions.safetensors, 1 network evaluation each: 6 pictures with captions/);
    expect(stdout).toMatch(/right +seen +held out/);
    expect(stdout).toMatch(/everything +\d+\.\d % \(\d+\.\d to \d+\.\d\) of 3 +\d+\.\d % .* of 3/);
    expect(stdout).toContain('their colors exchanged');
  });

  it('takes captions of its own, guidance, and one step of the same network as a generator', async () => {
    const prompts = inFolder('prompts.txt');
    await writeFile(prompts, 'a red circle on blue\na blue star and a red ring\n');
    const json = async (...more: string[]) =>
      JSON.parse((await attributes('--json', '--prompts', prompts, ...more)).stdout);
    const guided = await json('--guidance=2');
    expect(guided).toMatchObject({ numImages: 2, images: expect.stringContaining('2 network evaluations each') });
    expect(guided.seen.pair.stated).toBe(1);
    expect(await json('--init-sigma=80')).toMatchObject({
      images: expect.stringContaining('1 network evaluation each'),
    });
    await expect(json('--init-sigma=80', '--guidance=2', '--guidance-limit=clip')).rejects.toThrow(
      /--guidance|guidance/,
    );
  });

  it('refuses a network of classes', async () => {
    const classes = await writeTinyTeacher(folder);
    await expect(runHere(['metrics', 'attributes', '--network', classes])).rejects.toThrow(
      /takes 10 classes, and captions are compared with images/,
    );
  });
});

describe('metrics groups', () => {
  it('measures captions with a word, or of a pattern, and says which groups are too small', async () => {
    const { stdout, stderr } = await groups('--network', captioned, '--by=word', '--words=red,glark', '--num=12');
    expect(stdout).toMatch(/\| all \| 12 \| 24 \|/);
    expect(stdout).toMatch(/\| red \| \d+ \| \d+ \|/);
    expect(stdout).toContain('detector onestep-color-v0');
    expect(stdout).toContain('the same group of shapes (24 images)');
    expect(stderr).toContain('is in the group glark');
    expect(stderr).toMatch(/Too few images for FID, .*\(128\) or fewer: all \(12, 24 real\), red \(/);
    const patterns = inFolder('groups.json');
    await writeFile(patterns, '{"warm": "red|orange|yellow", "all": "."}');
    const { stdout: json } = await groups('--network', captioned, '--by', patterns, '--num=12', '--json');
    const found = JSON.parse(json) as { groups: { name: string; numReals: number; fid: number }[]; detector: string };
    expect(found.groups.map(({ name }) => name)).toEqual(['all', 'warm', 'all']);
    expect(found.groups[2]!.fid).toBeCloseTo(found.groups[0]!.fid, 6);
  });

  it('measures classes, and how many images the detector recognizes', async () => {
    const data = inFolder('clothes.zip');
    await runHere(['dataset', 'convert', '--source', await writeIdxFiles(folder, 40), '--dest', data]);
    const network = await writeTinyTeacher(folder);
    const args = ['metrics', 'groups', '--network', network, '--data', data, '--steps=1', '--num=40'];
    const { stdout, stderr } = await runHere(args);
    expect(stdout).toMatch(/\| class 9 \| 4 \| 4 \| \d/);
    expect(stdout).toMatch(/\| mean of the groups \|/);
    expect(stdout).toMatch(/\| all \| 40 \| 40 \| .* \d+\.\d % \(\d+\.\d to \d+\.\d\) \|/);
    expect(stderr).toContain('the classes are assumed to be those of the detector fashion-mnist-cnn-v0');
    await expect(runHere([...args, '--by=word', '--words=red'])).rejects.toThrow(
      /has no captions to group by\. Group by its classes/,
    );
  });

  it('matches the classes of data and network by their names', () => {
    const known = ['Shirt', 'Trouser', 'Bag'];
    const match = (...classNames: string[]) => matchClasses({ path: 'a.zip', classNames }, known);
    expect(match('bag', 'trouser')).toEqual([2, 1]);
    expect(match('0', '1', '2')).toBeNull();
    expect(matchClasses({ path: 'a.zip', classNames: null }, known)).toBeNull();
    expect(() => match('Bag', 'Robe')).toThrow(
      /Class 0 of a\.zip, "Bag", is class 2 of the network, .* not know "Robe"/,
    );
  });

  it.each([
    [['--by=word'], /--by word needs the words/],
    [['--by=color'], /There is no file color: --by is class; word/],
    [['--words=red'], /--words needs --by word/],
    [[], /has no labels, and --by class needs classes\. Group its captions/],
  ])('refuses %j', async (options, message) => {
    await expect(groups('--network', captioned, ...options)).rejects.toThrow(message);
  });

  it.each([
    ['{', /it is not JSON/],
    ['[]', /it is not a JSON object/],
    ['{}', /it has no groups/],
    ['{"warm": 3}', /"warm" is not a text/],
    ['{"warm": "("}', /"warm": Invalid regular expression/],
  ])('refuses groups in a file: %s', async (text, message) => {
    const path = join(folder, 'groups.json');
    await writeFile(path, text);
    expect(() => readGrouping({ by: path })).toThrow(message);
    expect(() => readGrouping({ by: path })).toThrow(/groups\.json: .*Expected names and regular expressions/);
  });
});

describe('metrics clip-score', () => {
  const clip = (name: string) =>
    fileURLToPath(new URL(`../../../packages/metrics/test/data/clip/${name}`, import.meta.url));
  let captions: string[];
  let mean: number;
  beforeAll(async () => {
    const found = JSON.parse(await readFile(clip('scores.json'), 'utf8')) as {
      images: { width: number; height: number; data: string; caption: string }[];
      imageEmbeds: number[];
      textEmbeds: number[];
      mean: number;
    };
    captions = found.images.map(({ caption }) => caption);
    mean = found.mean;
    for (const [i, { width, height, data }] of found.images.entries()) {
      const png = encodePng(Uint8Array.from(Buffer.from(data, 'base64')), { width, height, channels: 3 });
      await writeFile(inFolder(`picture-${i}.png`), png);
    }
    const lines = captions.map((text, i) => JSON.stringify({ file_name: `picture-${i}.png`, text }));
    await writeFile(inFolder('metadata.jsonl'), lines.join('\n'));
    const tensor = (data: number[]) => ({ shape: [3, data.length / 3], data: Float32Array.from(data) });
    await writeSafetensors(inFolder('texts.safetensors'), {
      tensors: { embeddings: tensor(found.textEmbeds) },
      metadata: { prompts: JSON.stringify(captions), encoder: 'tiny' },
    });
    await writeSafetensors(inFolder('images.safetensors'), {
      tensors: { image_embeds: tensor(found.imageEmbeds) },
      metadata: {},
    });
    await writeFile(inFolder('captions.txt'), captions.join('\n'));
  });

  const score = async (...options: string[]) => {
    const { stdout } = await runHere(['metrics', 'clip-score', '--json', ...options]);
    return JSON.parse(stdout) as { score: number; numPairs: number; imageEncoder: string; textEncoder: string };
  };

  it('is that of PyTorch, of images with captions in a folder, and of embeddings', async () => {
    const pictures = inFolder('pictures');
    const { mkdir, rename } = await import('node:fs/promises');
    await mkdir(pictures);
    for (const name of ['picture-0.png', 'picture-1.png', 'picture-2.png', 'metadata.jsonl']) {
      await rename(inFolder(name), join(pictures, name));
    }
    const encoders = ['--image-encoder', clip('vision.onnx'), '--text-encoder'];
    const byTable = await score('--images', pictures, ...encoders, inFolder('texts.safetensors'));
    expect(byTable).toMatchObject({ numPairs: 3, textEncoder: 'tiny' });
    expect(byTable.imageEncoder).toMatch(/^clip@[0-9a-f]{8}$/);
    expect(Math.abs(byTable.score / mean - 1)).toBeLessThan(1e-4);
    const byOnnx = await score('--images', pictures, ...encoders, clip('text.onnx'));
    expect(byOnnx.score).toBeCloseTo(byTable.score, 4);
    const embedded = ['--image-embeddings', inFolder('images.safetensors'), '--prompts', inFolder('captions.txt')];
    const byEmbeddings = await score(...embedded, '--text-encoder', inFolder('texts.safetensors'));
    expect(byEmbeddings.score).toBeCloseTo(mean, 3);
    await expect(score('--images', shapes, ...encoders, inFolder('texts.safetensors'))).rejects.toThrow(
      /not among the 3 prompts/,
    );
  });

  it.each([
    [['--text-encoder=x'], /Pass one of --images PATH, --network FILE and --image-embeddings FILE/],
    [['--text-encoder=x', '--images=y'], /pass --image-encoder FILE.onnx/],
    [['--text-encoder=x', '--image-embeddings=y'], /--image-embeddings needs captions: pass --prompts FILE/],
    [['--text-encoder=x', '--images=y', '--image-encoder=z', '--steps=2'], /--steps needs --network/],
    [['--text-encoder=x', '--images=y', '--image-encoder=z', '--text-pooling=mean'], /--text-encoder: .*x/],
  ])('refuses %j', async (options, message) => {
    await expect(score(...options)).rejects.toThrow(message);
  });
});
