import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WordEncoderSettings } from '@onestep/diffusion-core';
import type { SongUNetSettings } from '@onestep/edm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runHere } from './support/run-here.js';
import { settingsOf, trainTinyNetwork } from './support/tiny-networks.js';

let folder: string;
let network: string;
const inFolder = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-captions-'));
  process.env.ONESTEP_CACHE_DIR = inFolder('cache');
  const data = inFolder('shapes.zip');
  const { stdout } = await runHere(['dataset', 'shapes', '--dest', data, '--num=24', '--resolution=8']);
  expect(stdout).toContain('24 images 8x8x3, 24 captions');
  const conditions = ['--cond=1', '--cond-dropout=0.1', '--caption-slots=2', '--pictures=0'];
  network = (await trainTinyNetwork(inFolder('run'), data, ...conditions)).path;
});
afterAll(async () => {
  delete process.env.ONESTEP_CACHE_DIR;
  await rm(folder, { recursive: true });
});

const generate = (...options: string[]) =>
  runHere([
    'edm',
    'generate',
    '--network',
    network,
    '--outdir',
    inFolder('out'),
    '--steps=1',
    '--seeds=0-2',
    ...options,
  ]);
const image = (seed: number) => readFile(inFolder('out', `00000${seed}.png`));

it('edm train states the encoder, some captions and the dropout in the file', async () => {
  const { labels, labelDim, model } = await settingsOf(network);
  const { kind, captions } = labels!;
  const encoder = labels!.encoder as WordEncoderSettings;
  expect(kind).toBe('captions');
  expect(encoder.slots).toBe(2);
  expect(encoder.words).toContain('a');
  // The whole caption, two things and the ground, in channels that can hold them apart.
  expect(labelDim).toBe(4 * (encoder.words.length + encoder.buckets));
  expect(captions).toHaveLength(24);
  const { modelChannels, channelMultNoise } = model as SongUNetSettings;
  expect(modelChannels * channelMultNoise).toBeGreaterThanOrEqual(256);
  expect(model).toMatchObject({ labelDropout: 0.1 });
});

it('a network that reads captions in another way begins with all weights but those that read labels', async () => {
  const others = ['--cond=1', '--caption-slots=0', '--pictures=0', `--transfer=${network}`, '--augment=0'];
  const { stderr } = await trainTinyNetwork(inFolder('others'), inFolder('shapes.zip'), ...others);
  expect(stderr).toMatch(/--transfer: \d+ tensors taken; 1 new \(model\.map_label\.weight\); 0 not used\./);
});

it('edm generate takes a prompt, prompts in turn, or draws captions, and writes them down', async () => {
  await generate('--prompt', 'a red circle on blue');
  const first = await image(0);
  const jsonl = await readFile(inFolder('out', 'metadata.jsonl'), 'utf8');
  expect(jsonl.split('\n')[1]).toBe('{"file_name":"000001.png","text":"a red circle on blue"}');
  await writeFile(inFolder('prompts.txt'), 'a red circle on blue\n\n a gray glark \n');
  const { stderr } = await generate('--prompts', inFolder('prompts.txt'), '--batch=2');
  expect(stderr).toContain('Words that this network was not trained on: glark.');
  expect((await image(0)).equals(first)).toBe(true);
  await generate();
});

it.each([
  [['--class=1'], /--class 1 has no meaning here: this network takes captions\. Give --prompt TEXT/],
  [['--prompt=x', '--class=1'], /--prompt and --class both say what to make/],
  [['--prompt=?'], /--prompt: The network knows no word of the prompt "\?"/],
  [
    ['--class-probabilities=1,2'],
    /--class-probabilities has no meaning here: this network takes captions, not classes/,
  ],
])('edm generate refuses %j', async (options, message) => {
  await expect(generate(...options)).rejects.toThrow(message);
});

it('dataset convert takes captions of a list, and says what lacks; dataset info shows them', async () => {
  const list = inFolder('captions.tsv');
  await writeFile(list, 'file_name\tcaption\n000000.png\ta red star\n000009.png\tnothing\n');
  await generate();
  const args = ['--source', inFolder('out'), '--captions', list];
  const { stdout } = await runHere(['dataset', 'convert', ...args, '--dest', inFolder('listed.zip')]);
  expect(stdout).toContain('3 images 8x8x3, 1 captions');
  expect(stdout).toMatch(/captions of images that are not there: 1, the first 000009\.png/);
  expect(stdout).toMatch(/images without a caption: 2, the first 000001\.png/);
  const info = await runHere(['dataset', 'info', inFolder('listed.zip')]);
  expect(info.stdout).toMatch(/captions {4}1, 1 of them different[\s\S]*"a red star"/);
  await expect(runHere(['dataset', 'info', inFolder('out'), '--captions=french'])).rejects.toThrow(
    /no captions french/,
  );
});

it('dataset info counts captions, and dataset match measures only pictures of 32x32', async () => {
  const { stdout } = await runHere(['dataset', 'info', inFolder('shapes.zip')]);
  expect(stdout).toMatch(
    /captions {4}24, \d+ of them different\n {2}\d+ to \d+ words, .* on average; \d+ different words/,
  );
  await expect(runHere(['dataset', 'match', inFolder('shapes.zip')])).rejects.toThrow(
    /is 8x8x3; pictures .* are 32x32x3/,
  );
});
