import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot } from '@onestep/boot';
import { loadTeacher } from 'onestep';
import { readGeneratorRecord } from '@onestep/diffusion-core';
import { openPairs } from '@onestep/diffusion-core/node';
import { readSafetensors, writeSafetensors } from '@onestep/checkpoint/node';
import { runHere } from './support/run-here.js';
import { writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let teacher: string;
let pairs: string;
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-kd-'));
  teacher = await writeTinyTeacher(folder, 8);
  pairs = inFolder('pairs');
});
afterAll(() => rm(folder, { recursive: true }));

const makePairs = (outdir: string, ...more: string[]) =>
  runHere(['edm', 'pairs', '--network', teacher, '--outdir', outdir, '--steps', '2', '--shard', '4', ...more]);

/** Trains two steps, with a training state after each. */
function distill(method: string, run: string, ...more: string[]) {
  const args = ['--edm-model', teacher, '--outdir', inFolder(run), '--nosubdir', '--batch', '4', '--seed', '1'];
  const ticks = ['--tick', '0.004', '--snap', '1', '--dump', '1', '--pictures', '0'];
  const length = more.includes('--duration') ? [] : ['--duration', '0.000008'];
  return runHere(['distill', method, ...args, ...ticks, ...length, ...more]);
}

async function newest(run: string) {
  const names = (await readdir(inFolder(run))).filter((name) => name.startsWith('network-snapshot-')).sort();
  return readSafetensors(join(inFolder(run), names.at(-1)!));
}

describe('onestep edm pairs', () => {
  it('says what it will take, makes what is missing, and refuses another list', async () => {
    const planned = await makePairs(pairs, '--num', '6', '--dry-run');
    expect(planned.stdout).toMatch(/^6 pairs in 2 files, .*MB; .* are free\. 3 network evaluations each, about .*\n$/);
    expect(await readdir(folder)).not.toContain('pairs');
    await makePairs(pairs, '--num', '6');
    expect(openPairs(pairs)).toMatchObject({ length: 6, labelDim: 10, imgResolution: 8 });
    expect((await makePairs(pairs, '--num', '9', '-n')).stdout).toMatch(/9 pairs in 3 files, .*of which 5 are missing/);
    expect((await makePairs(pairs, '--seeds', '0-5')).stdout).toContain('all of them are there');
    await expect(makePairs(pairs, '--num', '6', '--class', '3')).rejects.toThrow(/labels is .* there and .* here/);
    await expect(makePairs(pairs)).rejects.toThrow('Say how many pairs to make: --num 10000, or which: --seeds 0-9999');
    await expect(makePairs(pairs, '--num', '6', '--dtype', 'int8')).rejects.toThrow(/--dtype.*float32, float16, uint8/);
  });
});

describe('onestep distill kd', () => {
  it('learns the pairs', async () => {
    await distill('kd', 'kd', '--pairs', pairs);
    expect(readGeneratorRecord((await newest('kd')).metadata).generator).toEqual({ initSigma: 80, method: 'kd' });
  });

  it('refuses to begin without pairs, or with some that do not fit, and says where they come from', async () => {
    await expect(distill('kd', 'never')).rejects.toThrow(/make them with "onestep edm pairs", and give --pairs FOLDER/);
    await expect(distill('kd', 'never', '--pairs', folder)).rejects.toThrow(/has no pairs\.json/);
    await expect(distill('kd', 'never', '--pairs', pairs, '--loss', 'lpips')).rejects.toThrow(/give --lpips FILE/);
    await expect(distill('kd', 'never', '--pairs', pairs, '--loss', 'lpips', '--lpips', teacher)).rejects.toThrow(
      /does not hold the weights of LPIPS with VGG16: the tensor features\.0\.weight is missing/,
    );
    const larger = await writeTinyTeacher(folder, 16);
    await expect(distill('kd', 'never', '--pairs', pairs, '--edm-model', larger)).rejects.toThrow(
      /The pairs are 8x8x1 images of 10 classes, and the teacher makes 16x16x1/,
    );
    expect(await readdir(folder)).not.toContain('never');
  });
});

describe('--regression-pairs', () => {
  it('says where its options have no effect', async () => {
    const dry = (method: string, ...more: string[]) => distill(method, 'no', '--dry-run', ...more);
    const { stderr } = await dry('sid', '--regression-pairs', pairs, '--lpips', teacher);
    expect(stderr).toContain('--lpips has no effect: no distance of this run is lpips.');
    expect((await dry('boot', '--regression-weight', '2')).stderr).toContain(
      '--regression-weight has no effect without --regression-pairs.',
    );
    await expect(dry('boot', '--regression-pairs', pairs, '--guidance', '2')).rejects.toThrow(
      /Guidance moves images away from those of pairs/,
    );
  });

  it('says that the pairs are of another network', async () => {
    const { tensors, metadata } = await readSafetensors(teacher);
    const [name, { shape, data }] = Object.entries(tensors)[0]!;
    const other = inFolder('other.safetensors');
    await writeSafetensors(other, {
      tensors: { ...tensors, [name]: { shape, data: new Float32Array(data.length) } },
      metadata,
    });
    const dry = (model: string) => distill('sid', 'no', '--dry-run', '--regression-pairs', pairs, '--edm-model', model);
    expect((await dry(other)).stderr).toContain('its images were made by another network than --edm-model');
    const renamed = inFolder('renamed.safetensors');
    await copyFile(teacher, renamed);
    expect((await dry(renamed)).stderr).not.toContain('another network');
  });
});

describe('--transfer', () => {
  it('keeps the noise level of a student of another method, unless another one is typed', async () => {
    const kd = inFolder('kd');
    const { stderr } = await distill('sid', 'sid', '--transfer', kd, '--regression-pairs', pairs);
    expect(stderr).toContain('is a generator with --init-sigma 80, which it keeps; that of SiD is 2.5.');
    const { metadata } = await newest('sid');
    expect(readGeneratorRecord(metadata).generator).toMatchObject({ initSigma: 80, method: 'sid' });
    const lines = (await readFile(join(inFolder('sid'), 'stats.jsonl'), 'utf8')).trimEnd().split('\n');
    for (const line of lines) {
      expect((JSON.parse(line) as { 'Regression/loss': { mean: number } })['Regression/loss'].mean).toBeGreaterThan(0);
    }
    const sigmaOf = async (printed: Promise<{ stdout: string }>) =>
      (JSON.parse((await printed).stdout) as { command_line: { initSigma: number } }).command_line.initSigma;
    expect(await sigmaOf(runHere(['distill', 'sid', '--resume', inFolder('sid'), '--dry-run']))).toBe(80);
    expect(await sigmaOf(distill('sid', 'no', '--transfer', kd, '--init-sigma', '5', '--dry-run'))).toBe(5);
    expect(
      await sigmaOf(distill('boot', 'no', '--transfer', kd, '--delta', '0.5', '--init-sigma', '2', '--dry-run')),
    ).toBe(2);
    expect(await sigmaOf(distill('kd', 'no', '--pairs', pairs, '--transfer', inFolder('sid'), '--dry-run'))).toBe(80);
  });

  it('refuses a student whose guidance only its own method knows', async () => {
    const { network } = await loadTeacher(teacher);
    const guided = boot.create({ teacher: network, options: { batch: 2, guidance: [1, 4] } });
    await writeSafetensors(inFolder('guided.safetensors'), await guided.snapshot());
    const from = ['--transfer', inFolder('guided.safetensors'), '--dry-run'];
    await expect(distill('sid', 'no', ...from)).rejects.toThrow(
      /takes more than noise and labels, such as a scale of guidance: only the method that made it trains it/,
    );
    await distill('boot', 'no', '--guidance', '1,4', ...from);
  });
});
