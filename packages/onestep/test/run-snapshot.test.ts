import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findRunSnapshot, networkPath } from '../src/node/index.js';

let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);
const snapshot = (kimg: string) => `network-snapshot-${kimg}.safetensors`;

/** Writes a run folder that was last opened on a day of January. */
async function writeRun(name: string, day: number, files: string[], options: object = {}): Promise<string> {
  await mkdir(inFolder(name), { recursive: true });
  for (const file of files) await writeFile(inFolder(name, file), '');
  const record = inFolder(name, 'training_options.json');
  await writeFile(record, JSON.stringify({ command_line: options }));
  await utimes(record, new Date(2026, 0, day), new Date(2026, 0, day));
  return inFolder(name);
}

beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'onestep-runs-'))));
afterAll(() => rm(folder, { recursive: true }));

it('a run folder stands for its newest snapshot, its best, or the finished student', async () => {
  const find = async (...args: Parameters<typeof writeRun>) => {
    const found = await findRunSnapshot(await writeRun(...args));
    return found === null ? null : [relative(folder, found.path), found.choice];
  };
  expect(await find('a', 1, [snapshot('000050'), snapshot('1.200000-000100'), snapshot('000009')])).toEqual([
    join('a', snapshot('1.200000-000100')),
    'the newest of 3 snapshots',
  ]);
  // The other averages of a snapshot are not snapshots of their own.
  const further = ['000050-ema0.1', '000050-rel0.05', '000100-ema0.1', '000100-rel0.05'].map(snapshot);
  const two = [snapshot('000050'), snapshot('000100')];
  expect(await find('b', 2, [...two, ...further], { saveBestAndLast: true })).toEqual([
    join('b', two[0]!),
    'the best of its run',
  ]);
  expect(await find('c', 3, [...two, 'student.safetensors'])).toEqual([
    join('c', 'student.safetensors'),
    'the finished student',
  ]);
  expect(await find('d', 4, ['network-snapshot-200000.pkl'])).toEqual([
    join('d', 'network-snapshot-200000.pkl'),
    'the only snapshot',
  ]);
  expect(await networkPath(inFolder('b'), 'generator')).toBe(inFolder('b', two[0]!));
});

it('latest is the newest run with a snapshot', async () => {
  await writeRun('runs/00000-old', 8, [snapshot('000001')]);
  await writeRun('runs/00001-new', 7, [snapshot('000002')]);
  await writeRun('runs/00002-empty', 9, []);
  const latest = (await findRunSnapshot(inFolder('runs', 'latest')))!;
  expect(latest.path).toBe(inFolder('runs', '00000-old', snapshot('000001')));
  expect((await findRunSnapshot(inFolder('runs', '00001-new', 'latest')))!.path).toContain('000002');
  const before = process.cwd();
  process.chdir(folder);
  try {
    await rm(inFolder('a'), { recursive: true });
    for (const run of ['b', 'c', 'd']) await rm(inFolder(run), { recursive: true });
    expect((await findRunSnapshot('latest'))!.path).toBe(join('runs', '00000-old', snapshot('000001')));
  } finally {
    process.chdir(before);
  }
});

it('what is no run stays as it is; a run without a snapshot and a folder of runs are refused by name', async () => {
  await mkdir(inFolder('pictures'));
  expect(await findRunSnapshot(inFolder('pictures'))).toBeNull();
  expect(await findRunSnapshot(inFolder('nowhere.safetensors'))).toBeNull();
  expect(await networkPath(inFolder('nowhere.safetensors'), 'teacher')).toBe(inFolder('nowhere.safetensors'));
  await expect(findRunSnapshot(inFolder('runs', '00002-empty'))).rejects.toThrow(
    /00002-empty: this run has no snapshot yet/,
  );
  await expect(findRunSnapshot(inFolder('runs'))).rejects.toThrow(
    /runs: it is a folder of runs.*00000-old.*runs.latest/,
  );
  await expect(findRunSnapshot(inFolder('pictures', 'latest'))).rejects.toThrow(/no run with a snapshot in .*pictures/);
});
