import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { programArguments } from '../../../test-support/program.js';
import { runHere } from './support/run-here.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let teacher: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-budget-'));
  teacher = await writeTinyTeacher(folder);
  data = join(folder, 'data.zip');
  const source = await writeIdxFiles(folder, 40);
  await runHere(['dataset', 'convert', '--source', source, '--dest', data, '--resolution=32x32']);
});
afterAll(() => rm(folder, { recursive: true }));

it('trains each method with each seed in a run folder of its own, and writes the tables', async () => {
  const self = [process.execPath, ...(await programArguments('apps/cli/src/main.ts'))];
  const outdir = join(folder, 'run');
  const args = ['compare', '--teacher', teacher, '--data', data, '--outdir', outdir, '--batch', '4', '--num', '12'];
  const budget = ['--budget', '0.016kimg', '--seeds', '2', '--samplers', 'ddim,heun', '--teacher-calls', '1,3'];
  const found = await runHere([...args, ...budget, '--methods', 'diff-instruct'], self);
  console.error(found.stdout, found.stderr);
  console.error(await readFile(join(outdir, 'table.tex'), 'utf8'));
  console.error(await readFile(join(outdir, 'table.md'), 'utf8'));
  console.error(await readFile(join(outdir, 'curves.csv'), 'utf8'));
  console.error(await readFile(join(outdir, 'equal-time.csv'), 'utf8'));
  expect(found.stdout).toContain('diff-instruct, seed 1');
});
