import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDataset, type ImageDataset } from '@onestep/datasets';
import type { DenoiserNetwork } from '@onestep/diffusion-core';
import { METHODS } from 'onestep';
import { fittingRecipes } from '../src/compare/fitting-recipes.js';
import { findRecipes, RECIPES } from '../src/compare/recipes.js';
import { loadTeacher } from '../src/networks/load-network.js';
import { runHere } from './support/run-here.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let teacherPath: string;
let data: string;
let teacher: DenoiserNetwork;
let dataset: ImageDataset;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-fitting-'));
  teacherPath = await writeTinyTeacher(folder);
  teacher = await loadTeacher(teacherPath);
  data = join(folder, 'data.zip');
  await runHere([
    'dataset',
    'convert',
    '--source',
    await writeIdxFiles(folder, 40),
    '--dest',
    data,
    '--resolution=32x32',
  ]);
  dataset = await openDataset(data, { useLabels: true });
});
afterAll(async () => {
  dataset.close();
  await rm(folder, { recursive: true });
});

const shared = { batch: 4, batchGpu: 4, seed: 0 };
const needing = (need: string) =>
  Object.keys(RECIPES).filter((name) => RECIPES[name]!.needs.some((needed) => needed === need));

it('without data, methods that learn from it are left out, each with the reason; with data they are not', () => {
  const without = fittingRecipes(RECIPES, false, {
    teacher,
    dataset: null,
    labels: undefined,
    shared,
    hasPairs: false,
  });
  expect(needing('images').length).toBeGreaterThan(0);
  for (const name of needing('images')) {
    expect(without.leftOut).toContainEqual(expect.stringMatching(new RegExp(`^${name} is left out\\. .*--data ZIP`)));
  }
  const dataFree = Object.keys(RECIPES).filter((name) => RECIPES[name]!.needs.length === 0);
  expect(Object.keys(without.recipes)).toEqual(dataFree);
  for (const { name } of METHODS.filter(({ needs }) => needs.length === 0)) {
    expect(Object.values(without.recipes).some(({ method }) => method.name === name)).toBe(true);
  }
  expect(Object.keys(without.recipes)).toContain('dmd2-data-free');
  const withData = fittingRecipes(RECIPES, false, { teacher, dataset, labels: undefined, shared, hasPairs: false });
  expect(Object.keys(withData.recipes)).toEqual(expect.arrayContaining([...dataFree, 'sida', 'dmd2']));
  for (const name of needing('pairs')) {
    expect(withData.leftOut).toContainEqual(expect.stringMatching(new RegExp(`^${name} is left out\\. .*pairs`)));
  }
  for (const line of withData.leftOut) expect(line).not.toContain('--data');
});

it('a method that was asked for has to run: the message says what it needs, and how to do without it', async () => {
  const command = ['compare', '--outdir', join(folder, 'never'), '--teacher', teacherPath];
  await expect(runHere([...command, '--methods', 'diff-instruct,sida'])).rejects.toThrow(
    /sida cannot be compared\. .*--data ZIP.* leave it out: --methods diff-instruct\./,
  );
  expect(await readdir(folder)).not.toContain('never');
});

it('a network without features is left out of methods with a discriminator', async () => {
  const { imgResolution, imgChannels, labelDim, labels, sigmaMin, sigmaMax, settings } = teacher;
  const plain = { imgResolution, imgChannels, labelDim, labels, sigmaMin, sigmaMax, settings } as const;
  const withoutFeatures: DenoiserNetwork = {
    ...plain,
    module: teacher.module,
    roundSigma: (sigma) => teacher.roundSigma(sigma),
    denoise: (...args) => teacher.denoise(...args),
    clone: () => teacher.clone(),
  };
  const recipes = await findRecipes(['sida', 'diff-instruct']);
  const given = { teacher: withoutFeatures, dataset, labels: undefined, shared, hasPairs: false };
  const found = fittingRecipes(recipes, false, given);
  expect(Object.keys(found.recipes)).toEqual(['diff-instruct']);
  expect(found.leftOut).toEqual([expect.stringMatching(/^sida is left out\. .*discriminator/)]);
});
