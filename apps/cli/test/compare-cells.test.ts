import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALONE } from '@onestep/diffusion-core';
import type { CellOptions } from '../src/compare/cells/cell-options.js';
import { cellArguments } from '../src/compare/cells/cell-arguments.js';
import { inOwnProcess } from '../src/compare/cells/program-process.js';
import { FigureStore } from '../src/compare/cells/figure-store.js';
import { makeCellPairs } from '../src/compare/cells/make-pairs.js';
import { readTraining } from '../src/compare/cells/training-record.js';
import type { PaperResults } from '../src/compare/paper/results.js';
import { PAPER_FILES } from '../src/compare/paper/write-paper.js';
import { findRecipes, PRESET, RECIPES } from '../src/compare/recipes.js';
import { methodCommand } from '../src/distill/method-command.js';
import { presetValues, readMethodOptions } from '../src/options/method-options.js';
import { applyPreset } from '../src/options/preset.js';
import { runHere } from './support/run-here.js';
import { writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let teacher: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-cells-'));
  teacher = await writeTinyTeacher(folder, 32, 0);
});
afterAll(() => rm(folder, { recursive: true }));

const optionsOf = (more: Partial<CellOptions> = {}) => ({ teacher, batch: 4, seed: 0, ...more }) as CellOptions;
const cellOf = (name: string) => ({ method: name, seed: 7, folder: join(folder, name) });

describe('the command that trains a cell', () => {
  it.each(Object.keys(RECIPES))('has the options of %s', (name) => {
    const recipe = RECIPES[name]!;
    const { method } = recipe;
    const options = optionsOf({ data: 'data.zip', sigmaRange: [0.02, 100], backend: 'cpu' });
    const args = cellArguments(cellOf(name), { kimg: 64, tickKimg: 8 }, { options, recipe, pairs: 'pairs' });
    expect(args.slice(0, 2)).toEqual(['distill', method.name]);
    const command = methodCommand(method);
    expect(command.parseOptions(args.slice(2))).toEqual({ operands: [], unknown: [] });
    const { preset, ...run } = command.opts<Record<string, unknown>>();
    expect(run).toMatchObject({
      edmModel: teacher,
      seed: 7,
      duration: 0.064,
      tick: 8,
      snap: 1,
      dump: 1,
      data: 'data.zip',
    });
    if (preset !== undefined) applyPreset(command, presetValues(method.options, method.presets[PRESET]!));
    const typed = readMethodOptions(method.options, command.opts(), false);
    const settled = method.settle({ ...typed, seed: 7 });
    expect(settled).toEqual(method.settle({ ...recipe.options, batch: 4, seed: 7 }));
  });

  it('makes a run folder that says how far the training is, and how much time and memory it took', async () => {
    const cell = cellOf('diff-instruct');
    const setting = { options: optionsOf(), recipe: RECIPES['diff-instruct']!, pairs: null };
    await runHere([...cellArguments(cell, { kimg: 0.008, tickKimg: 1 }, setting), '--pictures', '0']);
    const record = await readTraining(cell.folder);
    expect(record).toMatchObject({ plannedKimg: 0.008, speeds: [expect.any(Number)] });
    expect(record.moments.map(({ kimg, snapshot }) => [kimg, snapshot])).toEqual([
      // The second snapshot has the name of the first, and took its place.
      [0.004, null],
      [0.008, 'network-snapshot-000000.safetensors'],
    ]);
    expect(record.moments[1]!.seconds).toBeGreaterThan(record.moments[0]!.seconds);
    expect(record.peakMemory).toBeGreaterThan(50e6);
    expect(existsSync(join(cell.folder, 'report.html'))).toBe(true);

    // A process that was killed may leave half a line.
    const stats = join(cell.folder, 'stats.jsonl');
    const whole = await readFile(stats, 'utf8');
    await appendFile(stats, '{"Progress/kimg": {"mea');
    expect(await readTraining(cell.folder)).toEqual(record);
    await writeFile(stats, `not a record\n${whole}`);
    await expect(readTraining(cell.folder)).rejects.toThrow(
      /stats\.jsonl is damaged: its line \d+ is not an object of JSON\. Move its folder away/,
    );
    await writeFile(stats, whole);
  });

  it('is not run again for a training that is complete: the tables come from what is there', async () => {
    const size = [
      '--budget',
      '0.008kimg',
      '--batch',
      '4',
      '--num',
      '10',
      '--samplers',
      'ddpm',
      '--teacher-calls',
      '1,2',
    ];
    const command = ['compare', '--teacher', teacher, '--outdir', folder, '--methods', 'diff-instruct', ...size];
    await rename(cellOf('diff-instruct').folder, join(folder, 'seed-7'));
    await mkdir(cellOf('diff-instruct').folder);
    await rename(join(folder, 'seed-7'), join(cellOf('diff-instruct').folder, 'seed-7'));
    const { stdout, stderr } = await runHere([...command, '--seed', '7'], ['no program']);
    expect(stderr).toMatch(/Precision and recall are left out: .*Give --data ZIP/);
    expect(stdout).toMatch(/^method +calls +FID ↓ +IS ↑ +precision ↑ +recall ↑ +s\/kimg$/m);
    for (const line of stdout.split('\n').filter((text) => !text.startsWith(folder))) {
      expect(line.length).toBeLessThanOrEqual(80);
    }
    const { equalPictures, teacherRows, failed, seeds } = JSON.parse(
      await readFile(join(folder, 'results.json'), 'utf8'),
    ) as PaperResults;
    expect({ failed, seeds }).toEqual({ failed: [], seeds: [7] });
    expect(equalPictures).toMatchObject([
      { method: 'diff-instruct', calls: 1, fid: { count: 1, error: null }, recall: null },
    ]);
    expect(teacherRows.map(({ sampler, calls }) => [sampler, calls])).toEqual([
      ['ddpm', 1],
      ['ddpm', 2],
    ]);
    const page = await readFile(join(folder, 'report.html'), 'utf8');
    expect(page).toContain('href="diff-instruct/seed-7/report.html"');
    expect((await readFile(join(folder, 'curves.csv'), 'utf8')).split('\r\n')[1]).toMatch(/^diff-instruct,7,1,0\.008,/);
    for (const name of PAPER_FILES) expect(existsSync(join(folder, name))).toBe(true);
    // Another training cannot begin without the program: it is named, and what is there stays.
    const more = await runHere([...command, '--seed', '7', '--seeds', '2'], ['no program']);
    expect(more.stderr).toMatch(
      /The training in .*seed-8 failed: Its process could not be started: .*same command trains it again/,
    );
    expect(process.exitCode).toBe(1);
    process.exitCode = undefined;
    // The student of a teacher that was replaced is none of the one in its place.
    const bytes = await readFile(teacher);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(teacher, bytes);
    await expect(runHere([...command, '--seed', '7'], ['no program'])).rejects.toThrow(/No training succeeded/);
    const names = await readdir(cellOf('diff-instruct').folder);
    expect(names).toEqual(expect.arrayContaining([expect.stringMatching(/^seed-7\.sha256-[0-9a-f]{8}$/)]));
    expect(names).not.toContain('seed-7');
  });

  it('of nothing is nothing', async () => {
    expect(await readTraining(join(folder, 'never'))).toMatchObject({ plannedKimg: 0, moments: [], speeds: [] });
  });
});

it('pairs of a teacher that was replaced are set aside', async () => {
  const outdir = join(folder, 'paired');
  await mkdir(join(outdir, 'pairs'), { recursive: true });
  await writeFile(join(outdir, 'pairs.json'), '{"pairs": 4, "seconds": 1, "teacher": "sha256:0123456789"}');
  const { signal } = new AbortController();
  const make = (digest: string) => {
    const args = {
      run: inOwnProcess(['no program']),
      communicator: ALONE,
      signal,
      onLine: () => undefined,
      log: async () => undefined,
    };
    return makeCellPairs(optionsOf({ outdir, pairs: 4 }), { ...args, teacher: digest });
  };
  expect(await make('sha256:0123456789')).toEqual({ folder: join(outdir, 'pairs'), seconds: 1 });
  await expect(make('sha256:fedcba9876')).rejects.toThrow('could not be started');
  expect(await readdir(outdir)).toContain('pairs.sha256-01234567');
});

it('figures are measured once for the same files and number of images', async () => {
  const path = join(folder, 'figures.json');
  const figures = { fid: 2, is: null, precision: 0.5, recall: 0.25 };
  let measured = 0;
  const settle = async (num: number, reference: string) => {
    const store = await FigureStore.open(path, { num, digests: { reference } });
    return store.settle('64/1', async () => {
      measured += 1;
      return Promise.resolve({ ...figures, fid: measured });
    });
  };
  expect([await settle(10, 'a'), await settle(10, 'a')]).toMatchObject([{ fid: 1 }, { fid: 1, is: null }]);
  expect([await settle(20, 'a'), await settle(20, 'b')]).toMatchObject([{ fid: 2 }, { fid: 3 }]);
  await writeFile(path, '{"figures": ');
  await expect(settle(20, 'b')).rejects.toThrow(/figures\.json is damaged\. Delete it/);
});

describe('onestep compare with a budget', () => {
  const compare = (...more: string[]) =>
    runHere(['compare', '--teacher', teacher, '--outdir', join(folder, 'out'), ...more]);

  it('refuses options that exclude each other, before any work', async () => {
    await expect(compare('--budget', '30m', '--kimg', '4')).rejects.toThrow(/leave --kimg out, or give --budget 4kimg/);
    await expect(compare('--teacher-calls', '1,2')).rejects.toThrow(
      /--teacher-calls is for a comparison with a budget/,
    );
    await expect(compare('--pairs', '10')).rejects.toThrow(/--pairs is for a comparison with a budget/);
    await expect(compare('--seeds', '2')).rejects.toThrow(/run it with that program/);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  it('takes all methods by that name, and others with it', async () => {
    expect(Object.keys(await findRecipes(['all']))).toEqual(Object.keys(RECIPES));
    await expect(findRecipes(['all', 'none'])).rejects.toThrow(/There is no method "none"/);
  });
});

it('edm generate takes a sampler by its name, and refuses another one with it', async () => {
  const generate = (...more: string[]) =>
    runHere([
      'edm',
      'generate',
      '--network',
      teacher,
      '--outdir',
      join(folder, 'images'),
      '--seeds',
      '0',
      '--steps',
      '3',
      ...more,
    ]);
  expect((await generate('--sampler', 'dpm-solver++')).stdout).toContain(': 3 network evaluations each');
  await expect(generate('--sampler', 'ddpm', '--solver', 'heun')).rejects.toThrow(/leave --solver or --sampler out/);
  await expect(generate('--sampler', 'ddpm', '--S-churn', '2')).rejects.toThrow(/leave --S-churn or --sampler out/);
});
