import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sim } from '@onestep/sid';
import { findRecipes } from '../src/compare/recipes.js';
import { runHere } from './support/run-here.js';
import { writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let teacher: string;
let own: string;
const inFolder = (...names: string[]) => join(folder, ...names);

interface Recorded {
  command: string;
  command_line: { seed: number };
  method?: string;
}

/** What a run would record. */
const dryRun = async (method: string, ...args: string[]) =>
  JSON.parse((await runHere(['distill', method, ...args, '-n'])).stdout) as Recorded;
const resume = (method: string, run: string) => dryRun(method, '--resume', inFolder(run));

/** A run as it is after its first training state. */
async function writeRun(run: string, recorded: Recorded): Promise<void> {
  await mkdir(inFolder(run), { recursive: true });
  await writeFile(inFolder(run, 'training_options.json'), JSON.stringify(recorded));
  await writeFile(inFolder(run, 'training-state-000001.safetensors'), '');
}

// A method of a file with the name, and all options, of one that comes with the program, and a run of each.
let [ofFile, shipped]: Recorded[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-method-names-'));
  teacher = await writeTinyTeacher(folder, 32, 0);
  own = inFolder('own.mjs');
  Object.assign(globalThis, { methodOfTheFile: sim });
  await writeFile(own, 'export default globalThis.methodOfTheFile;\n');
  const args = ['--nosubdir', '--edm-model', teacher, '--batch', '8'];
  ofFile = await dryRun(own, '--outdir', inFolder('of-file'), ...args);
  shipped = await dryRun('sim', '--outdir', inFolder('shipped'), ...args);
  await writeRun('of-file', ofFile);
  await writeRun('shipped', shipped);
});
afterAll(() => rm(folder, { recursive: true }));

describe('a run of a method of a file that has the name of a shipped one', () => {
  it('goes on with the file', async () => {
    expect(await resume(own, 'of-file')).toEqual(ofFile);
    expect(ofFile).toMatchObject({ command: 'distill sim', method: own });
  });

  it('is not taken over by the shipped one, nor is its training state', async () => {
    const message = `of-file holds a run of the method sim of the file ${own}, not of the one that comes with this program.`;
    await expect(resume('sim', 'of-file')).rejects.toThrow(message);
    await expect(resume('sim', 'of-file')).rejects.toThrow(new RegExp(`distill ${own} --resume \\S+of-file$`));
    await expect(dryRun('sim', '--resume', inFolder('of-file'), '--outdir', inFolder('new'))).rejects.toThrow(message);
  });
});

describe('a run of a shipped method', () => {
  it('is not taken over by a method of a file with its name', async () => {
    await expect(resume(own, 'shipped')).rejects.toThrow(/of this program, not of the one of .*own\.mjs.*sim --resume/);
    expect(await resume('sim', 'shipped')).toEqual(shipped);
  });
});

it('each finds its own newest run in a folder of runs', async () => {
  for (const [i, recorded] of [ofFile, shipped, ofFile, shipped].entries()) {
    const withSeed = { ...recorded!, command_line: { ...recorded!.command_line, seed: i } };
    await writeRun(`runs/0000${i}-sim`, withSeed);
  }
  const newest = async (method: string) => {
    const found = await dryRun(
      method,
      '--resume',
      inFolder('runs'),
      '--outdir',
      inFolder('runs'),
      '--edm-model',
      teacher,
    );
    return found.command_line.seed;
  };
  expect([await newest(own), await newest('sim')]).toEqual([2, 3]);
});

it('a comparison refuses two methods of one name, and takes either', async () => {
  const message = expect.stringMatching(/called sim.*Give the one in .*own\.mjs another name/) as string;
  for (const methods of [
    ['sim', own],
    [own, 'sid', 'sim'],
  ]) {
    await expect(findRecipes(methods)).rejects.toMatchObject({ exitCode: 2, message });
  }
  expect(await findRecipes([own])).toMatchObject({ sim: { file: own } });
  expect(Object.keys(await findRecipes(['sim', 'sid', 'sid-1.0']))).toEqual(['sim', 'sid-0.5', 'sid-1.0', 'sid-1.2']);
});
