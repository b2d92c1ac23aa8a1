import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSafetensors } from '@onestep/checkpoint/node';
import { datasetCaptions, openDataset } from '@onestep/datasets';
import { Rng } from '@onestep/random';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runHere } from './support/run-here.js';
import { ONE_STEP, settingsOf, trainTinyNetwork } from './support/tiny-networks.js';

const CLIP = fileURLToPath(new URL('../../../packages/onestep/test/data/text-encoders/clip', import.meta.url));
const SIZE = 4;
let folder: string;
let captions: string[];
const inFolder = (...names: string[]) => join(folder, ...names);

/** An embedding that only the prompt decides. */
const embed = (prompt: string, seed = 0) => new Rng(seed, prompt).normal(SIZE).map((value) => 3 * value);

async function writeEmbeddings(name: string, prompts: readonly string[], encoder?: string, seed = 0): Promise<string> {
  const path = inFolder(name, 'embeddings.safetensors');
  await mkdir(dirname(path), { recursive: true });
  const data = Float32Array.from(prompts.flatMap((prompt) => [...embed(prompt, seed)]));
  const metadata = { prompts: JSON.stringify(prompts), ...(encoder !== undefined && { encoder }) };
  await writeSafetensors(path, { tensors: { embeddings: { shape: [prompts.length, SIZE], data } }, metadata });
  return path;
}

const NEW = 'a plaid zebra';
const train = (run: string, ...options: string[]) =>
  trainTinyNetwork(inFolder(run), inFolder('shapes.zip'), '--cond=captions', ...options);
const snapshot = (run: string) => inFolder(run, 'network-snapshot-000000.safetensors');
const generate = (command: string[], network: string, ...options: string[]) =>
  runHere([...command, '--network', network, '--outdir', inFolder('out'), '--seeds=0', ...options]);
const labelsOf = async (network: string) => (await settingsOf(network)).labels!;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-text-encoders-'));
  process.env.ONESTEP_CACHE_DIR = inFolder('cache');
  await runHere(['dataset', 'shapes', '--dest', inFolder('shapes.zip'), '--num=12', '--resolution=8']);
  const dataset = await openDataset(inFolder('shapes.zip'), { useCaptions: true });
  captions = [...new Set(datasetCaptions(dataset))];
  dataset.close();
  await train('teacher', '--text-encoder', await writeEmbeddings('training', captions, 'tiny'));
});
afterAll(async () => {
  delete process.env.ONESTEP_CACHE_DIR;
  await rm(folder, { recursive: true });
});

it('edm train states the text encoder, and some captions with their embeddings, about 1 long', async () => {
  const { kind, encoder, captions: stated, rows } = await labelsOf(snapshot('teacher'));
  expect(kind).toBe('captions');
  expect(encoder).toMatchObject({ type: 'embeddings', name: 'tiny', isNamed: true, size: SIZE });
  const { scale } = encoder as { scale: number };
  expect(rows).toHaveLength(stated!.length);
  expect(Float32Array.from(rows![0]!)).toEqual(embed(stated![0]!).map((value) => value * scale));
  const squares = rows!.map((row) => row.reduce((sum, value) => sum + value ** 2, 0));
  expect(squares.reduce((a, b) => a + b, 0) / squares.length).toBeCloseTo(1, 1);
});

it('generate and distill take prompts with the text encoder, and captions of the file without', async () => {
  const teacher = snapshot('teacher');
  const edm = ['edm', 'generate', '--steps=1'];
  await expect(generate(edm, teacher, '--prompt', NEW)).rejects.toThrow(
    /--prompt: The prompt "a plaid zebra" has to be encoded by the text encoder "tiny".*: give --text-encoder PATH, or choose one of the/,
  );
  const more = await writeEmbeddings('more', [NEW, captions[0]!], 'tiny');
  await generate(edm, teacher, '--prompt', NEW, '--text-encoder', more);
  await generate(edm, teacher, '--prompt', captions[0]!);

  await writeFile(inFolder('prompts.txt'), `${NEW}\n`);
  const method = ['distill', 'diff-instruct', '--edm-model', teacher, '--outdir', inFolder('student'), '--batch=4'];
  const prompts = ['--prompts', inFolder('prompts.txt')];
  await runHere([...method, ...prompts, ...ONE_STEP, '--lr=1e-4', '--glr=1e-4', '--text-encoder', more]);
  const labels = await labelsOf(snapshot('student'));
  const { encoder } = await labelsOf(teacher);
  const { scale } = encoder as { scale: number };
  const drawn = { kind: 'captions', encoder, captions: [NEW] };
  expect(labels).toMatchObject(drawn);
  expect(Float32Array.from(labels.rows![0]!)).toEqual(embed(NEW).map((value) => value * scale));
  // The student knows what it has learned.
  await generate(['generate'], snapshot('student'), '--prompt', NEW);
});

it.each<[string, () => Promise<string>, RegExp]>([
  [
    'another text encoder',
    () => writeEmbeddings('other', [NEW, captions[0]!], 'tiny', 1),
    /--text-encoder: This network was trained with the text encoder "tiny" of 4 numbers, and --text-encoder is .* differs by/,
  ],
  [
    'one that lacks the prompt',
    () => writeEmbeddings('lacks', ['a plaid horse', captions[0]!], 'tiny'),
    /"a plaid zebra" is not among the 2 prompts of .*The nearest: "a plaid horse"/,
  ],
  ['one of ONNX', async () => CLIP, /"tiny" of 4 numbers, and --text-encoder is the text encoder "clip" of 8 numbers/],
])('edm generate refuses %s', async (_, make, message) => {
  const options = ['--steps=1', '--prompt', NEW, '--text-encoder', await make()];
  await expect(generate(['edm', 'generate'], snapshot('teacher'), ...options)).rejects.toThrow(message);
});

it('metrics encode a negative prompt and the captions of --data', async () => {
  const negative = 'a dotted zebra';
  const all = await writeEmbeddings('all', [negative, ...captions], 'tiny');
  const data = ['--data', inFolder('shapes.zip'), '--num=10', '--steps=1'];
  const calc = ['metrics', 'calc', '--network', snapshot('teacher'), ...data, '--guidance=2'];
  const guided = [...calc, '--negative-prompt', negative];
  await expect(runHere(guided)).rejects.toThrow(
    /--negative-prompt: The prompt "a dotted zebra" .* give --text-encoder PATH/,
  );
  expect((await runHere([...guided, '--text-encoder', all])).stdout).toContain('fid10');
});

it('edm train takes an ONNX text encoder, and refuses one that lacks captions or is not used', async () => {
  const { stderr } = await train('never', '-n', '--text-encoder', CLIP);
  expect(stderr).toContain('--data has captions, encoded by the text encoder "clip" of 8 numbers.');
  const few = await writeEmbeddings('few', captions.slice(1));
  await expect(train('never', '-n', '--text-encoder', few)).rejects.toThrow(
    /--text-encoder: ".*" is not among the \d+ prompts of .*few.*The nearest/,
  );
  await expect(train('never', '-n', '--text-encoder', few, '--cond=0')).rejects.toThrow(/give --cond captions/);
  await expect(train('never', '-n', '--text-pooling=mean')).rejects.toThrow(/--text-pooling has no effect without/);
});
