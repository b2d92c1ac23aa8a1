import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot } from '@onestep/boot';
import { loadTeacher } from 'onestep';
import { kd } from '@onestep/kd';
import { NetworkGenerator, shufflePairs, type Method } from '@onestep/diffusion-core';
import { openPairs } from '@onestep/diffusion-core/node';
import { readSafetensors, writeSafetensors } from '@onestep/checkpoint/node';
import type { DistillOptions } from '../src/distill/distill-options.js';
import { openTransferred } from '../src/distill/transferred.js';
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

describe('onestep edm pairs', () => {
  it('says what it will take, makes what is missing, and refuses another list', async () => {
    const planned = await makePairs(pairs, '--num', '6', '--dry-run');
    expect(planned.stdout).toMatch(/^6 pairs in 2 files, .*kB; .* are free\. 3 network evaluations each, about .*\n$/);
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
    const student = inFolder('kd.safetensors');
    const { network } = await loadTeacher(teacher);
    const run = kd.create({ teacher: network, pairs: shufflePairs(openPairs(pairs), 0), options: { batch: 2 } });
    await writeSafetensors(student, await run.snapshot());
    const dry = async (method: string, ...more: string[]) => {
      const { stdout, stderr } = await distill(method, 'no', '--transfer', student, '--dry-run', ...more);
      const { initSigma } = (JSON.parse(stdout) as { command_line: { initSigma: number } }).command_line;
      return { initSigma, stderr };
    };
    const kept = await dry('sid');
    expect(kept.stderr).toContain('is a generator with --init-sigma 80, which it keeps; that of SiD is 2.5.');
    expect(kept.initSigma).toBe(80);
    expect((await dry('sid', '--preset', 'small')).initSigma).toBe(80);
    const typed = await dry('sid', '--init-sigma', '5');
    expect(typed.initSigma).toBe(5);
    expect(typed.stderr).not.toContain('keeps');
    expect((await dry('kd', '--pairs', pairs)).initSigma).toBe(80);
  });

  it('is asked for where a method needs a student, and refused where a preset would begin without it', async () => {
    const truncated = (...more: string[]) =>
      distill('tcm', 'no', '--data', inFolder('none.zip'), '--preset', 'small', '--dry-run', ...more);
    const from = ['--transfer', inFolder('none.safetensors')];
    await expect(truncated('--first-stage', '0')).rejects.toThrow(
      'give its file, --transfer FILE. Or begin with the teacher: --first-stage 25600.',
    );
    await expect(truncated(...from)).rejects.toThrow(
      /^--preset small has --first-stage 2, to begin .* Add --first-stage 0 to go on from the student, or --first-stage 2 if/,
    );
    // What is typed stands: these get as far as the files.
    for (const more of [[], ['--first-stage', '2', ...from]]) {
      await expect(truncated(...more)).rejects.toThrow(/none\.(zip|safetensors)/);
    }
  });

  it('goes on with a student that takes the scale of guidance where a method draws the same scales', async () => {
    const { network } = await loadTeacher(teacher);
    const guided = boot.create({ teacher: network, options: { batch: 2, guidance: [1, 4] } });
    await writeSafetensors(inFolder('guided.safetensors'), await guided.snapshot());
    const from = ['--transfer', inFolder('guided.safetensors'), '--dry-run'];
    await expect(distill('sid', 'no', ...from)).rejects.toThrow(
      /takes scales of guidance from 1 to 4, and this training has none: pass the range as guidance/,
    );
    for (const method of ['boot', 'sid']) await distill(method, 'no', '--guidance', '1,4', ...from);
  });

  it('opens what a method of your own made', async () => {
    const { network } = await loadTeacher(teacher);
    const { tensors, metadata } = await boot.create({ teacher: network, options: { batch: 2 } }).snapshot();
    const file = inFolder('mine.safetensors');
    const own = Object.entries(metadata).map(([key, text]) => [
      key,
      text.replace('"method":"boot"', '"method":"mine","part":true'),
    ]);
    const part = { 'part.weight': { shape: [2], data: Float32Array.of(1, 2) } };
    await writeSafetensors(file, {
      tensors: { ...tensors, ...part },
      metadata: Object.fromEntries(own) as Record<string, string>,
    });
    const open = (method: Method) =>
      openTransferred(
        { transfer: file, fp16: false, begun: false } as DistillOptions,
        method,
        { initSigma: 3 },
        {
          teacher: network,
          isThere: true,
          isStated: false,
        },
      );
    const openGenerator: Method['openGenerator'] = ({ network: own, record, tensors: further }) => {
      expect(Object.keys(further)).toEqual(['part.weight']);
      return new NetworkGenerator(own, record.initSigma);
    };
    const { generator, initSigma } = await open({ ...boot, name: 'mine', openGenerator } as unknown as Method);
    expect(generator).toBeInstanceOf(NetworkGenerator);
    expect(initSigma).toBe(2.5);
    await expect(open(boot)).rejects.toThrow('it was trained by the method "mine", which is not known here');
  });
});
