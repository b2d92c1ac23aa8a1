import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  describeGenerator,
  GuidanceLabels,
  NetworkGenerator,
  networkMetadata,
  withScaleInput,
} from '@onestep/diffusion-core';
import { openPairs } from '@onestep/diffusion-core/node';
import { writeSafetensors } from '@onestep/checkpoint/node';
import { Rng } from '@onestep/random';
import { networkImages } from '../src/evaluation/generated-images.js';
import { loadTeacher } from '../src/networks/load-network.js';
import { runInside } from './support/run-here.js';
import { writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let teacher: string;
let unconditional: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-guidance-'));
  teacher = await writeTinyTeacher(folder, 8, 3);
  unconditional = await writeTinyTeacher(folder, 8, 0);
});
afterAll(() => rm(folder, { recursive: true }));

const generate = (network: string, name: string, ...more: string[]) =>
  runInside([
    'edm',
    'generate',
    `--network=${network}`,
    `--outdir=${join(folder, name)}`,
    '--seeds=4',
    '--steps=2',
    ...more,
  ]);
const image = (name: string) => readFile(join(folder, name, '000004.png'));

describe('edm generate --guidance', () => {
  it('evaluates the network twice, warns of what it never saw, and is none at the scale 1', async () => {
    await generate(teacher, 'plain', '--class=1');
    const one = await generate(teacher, 'one', '--class=1', '--guidance=1');
    expect(one.stdout).toContain('3 network evaluations');
    expect(await image('one')).toEqual(await image('plain'));
    const guided = await generate(teacher, 'guided', '--class=1', '--guidance=50', '--guidance-limit=dynamic');
    expect(guided).toMatchObject({ code: 0 });
    expect(guided.stdout).toContain('6 network evaluations');
    expect(guided.stderr).toContain('trained without label dropout');
    expect(await image('guided')).not.toEqual(await image('plain'));
    const outside = await generate(teacher, 'outside', '--class=1', '--guidance=50', '--guidance-interval=90,100');
    expect(outside.code).toBe(0);
    expect(await image('outside')).toEqual(await image('plain'));
  });

  it('takes a weaker network for a model without labels', async () => {
    const refused = await generate(unconditional, 'refused', '--guidance=2');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('this network has no labels: give --guidance-network FILE');
    const guided = await generate(unconditional, 'auto', '--guidance=2', `--guidance-network=${unconditional}`);
    expect(guided).toMatchObject({ code: 0, stderr: '' });
    const other = await generate(unconditional, 'other', '--guidance=2', `--guidance-network=${teacher}`);
    expect(other.stderr).toContain('The weaker network makes 8x8x1 images of 3 classes');
  });

  it('refuses options without effect or sense', async () => {
    for (const [args, message] of [
      [['--guidance-interval=1,2'], '--guidance-interval has no effect without guidance'],
      [[`--guidance-network=${teacher}`], '--guidance-network has no effect without guidance'],
      [['--guidance=1,4'], 'It has to be a number'],
      [['--guidance=2', '--guidance-interval=2,1'], 'the lower one first'],
      [['--guidance=2', '--guidance-limit=soft'], 'clip, dynamic'],
    ] as const) {
      const result = await generate(teacher, 'wrong', ...args);
      expect(result.code).toBe(2);
      expect(result.stderr).toContain(message);
    }
  });
});

describe('distill', () => {
  const distill = (method: string, ...more: string[]) =>
    runInside(['distill', method, `--edm-model=${teacher}`, `--outdir=${folder}`, '--batch=4', '--dry-run', ...more]);
  /** The time in the line of a dry run, which counts the passes, is not compared: the memory is. */
  const memory = ({ stderr }: { stderr: string }) => Number(/Memory: about ([\d.]+)/.exec(stderr)![1]);

  it('takes guidance of the teacher, or of both networks, by the names of SiD-LSG too', async () => {
    const settled = await distill('sid', '--guidance=1.5', '--guidance-where=both', '--guidance-interval=0.2,5');
    expect(settled).toMatchObject({ code: 0 });
    expect(JSON.parse(settled.stdout)).toMatchObject({
      command_line: { guidance: 1.5, guidanceWhere: 'both', guidanceInterval: [0.2, 5] },
    });
    expect(settled.stderr).toContain('trained without label dropout');
    const published = await distill('sid', '--cfg_eval_real=2', '--cfg_train_fake=1.5', '--cfg_eval_fake=1.5');
    expect(published).toMatchObject({ code: 0 });
    expect(JSON.parse(published.stdout)).toMatchObject({
      command_line: { guidance: 2, cfgTrainFake: 1.5, cfgEvalFake: 1.5 },
    });
    expect(memory(settled)).toBeGreaterThanOrEqual(memory(await distill('sid')));
  });

  it('refuses what has no effect or no sense with the exit code of wrong usage', async () => {
    for (const [method, args, message] of [
      ['sid', [`--guidance-network=${teacher}`], '--guidance-network has no effect without guidance'],
      ['sid', ['--guidance-interval=1,2'], '--guidance-interval has no effect without guidance'],
      ['sid', ['--guidance-where=both'], '--guidance-where has no effect without guidance'],
      ['sid', ['--cfg-train-fake=2'], '--cfg-train-fake has no effect without guidance'],
      ['boot', ['--guidance-limit=clip'], '--guidance-limit has no effect without guidance'],
      ['sid', ['--guidance=4,1'], 'a range from a smaller to a larger one'],
      ['kd', ['--guidance=2'], 'onestep edm pairs --guidance 2'],
      ['ct', ['--guidance=2', '--data=x.zip'], 'CT has no guidance. Its loss does not ask the teacher'],
      ['ect', ['--guidance=2', '--data=x.zip'], 'followed with --use-cd only'],
    ] as const) {
      const result = await distill(method, ...args);
      expect(result.stderr).toContain(message);
      expect(result.code).toBe(2);
    }
  });
});

it('pairs are made by the guided teacher, once and for all', async () => {
  const out = join(folder, 'pairs');
  const pairs = (...more: string[]) =>
    runInside(['edm', 'pairs', `--network=${teacher}`, `--outdir=${out}`, '--num=2', '--steps=2', ...more]);
  const made = await pairs('--guidance=3');
  expect(made).toMatchObject({ code: 0 });
  expect(made.stdout).toContain('6 network evaluations each');
  expect(openPairs(out).guidance).toEqual({ scale: 3, interval: null, limit: null, weaker: null });
  expect((await pairs()).stderr).toContain('guidance is {"scale":3');
  expect((await pairs('--guidance-limit=clip')).code).toBe(2);
  const run = (...more: string[]) =>
    runInside(['distill', 'sid', `--edm-model=${teacher}`, `--outdir=${folder}`, '--batch=2', '--dry-run', ...more]);
  const other = await run(`--regression-pairs=${out}`, '--guidance=2');
  expect(other.stderr).toContain('these were made with guidance 3, and the method has guidance 2');
  expect((await run(`--regression-pairs=${out}`, '--guidance=3')).code).toBe(0);
});

it('metrics measure a guided teacher, and refuse its options for a generator', async () => {
  const options = { steps: 2, batch: 2, trials: 1 };
  const images = await networkImages(teacher, { ...options, guidance: 2 });
  expect(images.description).toContain('with guidance 2, 6 network evaluations each');
  expect(images.notes.join()).toContain('trained without label dropout');
  await expect(networkImages(teacher, { ...options, guidanceLimit: 'clip' })).rejects.toThrow(
    '--guidance-limit has no effect',
  );
});

it('compare refuses what has no effect, before anything is read', async () => {
  const result = await runInside(['compare', `--outdir=${join(folder, 'compare')}`, '--guidance-where=both']);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain('--guidance-where has no effect without guidance');
  const alone = ['--guidance=2', '--guidance-where=both', '--methods=boot', `--teacher=${teacher}`];
  const without = await runInside(['compare', `--outdir=${join(folder, 'compare')}`, ...alone]);
  expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('boot trains no fake score network')]);
});

it('generate takes the scales that a student was trained with', async () => {
  const network = await loadTeacher(teacher);
  const input = new GuidanceLabels([1, 4], 3);
  input.weight.upload({ shape: [8, 3], data: Float32Array.from(new Rng(5).normal(24)) });
  // An untrained network hardly sees its labels.
  const rng = new Rng(6);
  for (const leaf of network.module.namedLeaves().values()) {
    const { fileShape: shape } = leaf;
    leaf.upload({ shape, data: Float32Array.from(rng.normal(shape.reduce((a, b) => a * b, 1)), (x) => x / 5) });
  }
  const generator = new NetworkGenerator(withScaleInput(network, input), 2.5);
  const students = join(folder, 'students');
  await mkdir(students);
  const student = join(students, 'student.safetensors');
  const metadata = networkMetadata(describeGenerator(generator.settings, { method: 'sid' }));
  await writeSafetensors(student, { tensors: await generator.module.stateDict(), metadata });
  generator.module.dispose();
  const make = (name: string, ...more: string[]) =>
    runInside([
      'generate',
      `--network=${student}`,
      `--outdir=${join(folder, name)}`,
      '--seeds=4',
      '--class=1',
      ...more,
    ]);
  for (const scale of ['', '1', '2.5', '4']) {
    expect(await make(`scale${scale}`, ...(scale === '' ? [] : [`--guidance=${scale}`]))).toMatchObject({ code: 0 });
  }
  expect(await image('scale')).toEqual(await image('scale2.5'));
  expect(await image('scale1')).not.toEqual(await image('scale4'));
  const outside = await make('outside', '--guidance=5');
  expect(outside.stderr).toContain('trained with guidance from 1 to 4, not 5');
  expect(outside.code).not.toBe(0);
  const images = await networkImages(student, { batch: 2, guidance: 3 });
  expect(images.description).toContain('1 network evaluation each');
  await expect(networkImages(student, { batch: 2, guidance: 3, guidanceLimit: 'clip' })).rejects.toThrow(
    '--guidance-limit is for a diffusion model',
  );
});
