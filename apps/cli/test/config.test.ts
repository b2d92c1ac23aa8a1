import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METHODS } from 'onestep';
import { configArguments } from '../src/config/config-arguments.js';
import { methodCommand } from '../src/distill/method-command.js';
import { presetValues } from '../src/options/method-options.js';
import { applyPreset } from '../src/options/preset.js';
import { expandConfig } from '../src/config/expand-config.js';
import { createProgram } from '../src/program.js';
import { readConfig } from '../src/config/read-config.js';
import { runHere, runInside } from './support/run-here.js';
import { trainTinyNetwork } from './support/tiny-networks.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
const inFolder = (name: string) => join(folder, name);
const write = async (name: string, text: string) => {
  await writeFile(inFolder(name), text);
  return inFolder(name);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What is typed and in the file, as the command takes it. */
async function settled(words: string[], path: string, ...typed: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await runHere([...words, '--config', path, ...typed, '--dry-run']);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const YAML = `
# yaml-language-server: $schema=https://unpkg.com/@onestep/cli/schemas/onestep.json
command: edm generate
network: fashion-mnist   # a name, a file or a run
outdir: out
seeds: 0-3
S_churn: 1.5
batch: 8
class: 3
subdirs: true
`;
const JSONC = `{
  // as in a program
  "$schema": "onestep.json", "command": "edm generate", "network": "fashion-mnist", "outdir": "out",
  "seeds": [0, 1, 2, 3], "S_churn": 1.5, /* images at once */ "batch": 8, "class": "3", "subdirs": 1,
}`;

describe('--config', () => {
  it('reads YAML and JSON with comments alike, and what is typed wins', async () => {
    const files = [await write('g.yaml', YAML), await write('g.jsonc', JSONC)];
    for (const path of files) {
      expect(await settled(['edm', 'generate'], path)).toMatchObject({
        ...{ command: 'edm generate', network: 'fashion-mnist', outdir: 'out', 'S-churn': 1.5, batch: 8 },
        ...{ class: '3', subdirs: true, steps: 18, backend: 'ort' },
      });
    }
    const typed = await settled(['edm', 'generate'], files[0]!, '--batch=4', '--S_churn', '0', '--class', '1');
    expect(typed).toMatchObject({ batch: 4, 'S-churn': 0, class: '1', seeds: '0-3' });
  });

  it('takes what --dry-run prints, with the same result', async () => {
    const first = await settled(['edm', 'generate'], await write('g.yaml', YAML));
    const path = await write('printed.json', JSON.stringify(first));
    expect(await settled(['edm', 'generate'], path)).toEqual(first);
  });

  it.each([
    ['batchh: 3', /^error: .*bad\.yaml, line 1: batchh is no option of edm train; did you mean batch\?\n$/],
    [
      'lr: 1\ndata: x\nlearning: 3',
      /line 3: learning is no option of edm train; "onestep edm train --help" lists them\./,
    ],
    ['data: x\nbatch: many', /line 2: batch is "many"\. It has to be a whole number/],
    ['xflip: maybe', /line 1: xflip is "maybe"\. It has to be 1 or 0/],
    ['batch: true', /batch is true\. It has to be a whole number/],
    ['batch: [1, 2]', /batch is \[1,2\]\. It has to be a whole number/],
    ['data: [a, b]', /data is \["a","b"\]\. It has to be a text/],
    ['data:', /data is null\. Give it a value, or leave it out/],
    ['arch: resnet', /arch is "resnet"\. Allowed choices are ddpmpp/],
    ['batch-gpu: 1\nbatchGpu: 2', /line 2: batchGpu sets the same option as batch-gpu/],
    ['batch: 1\nbatch: 2', /line 2: Map keys must be unique/],
    ['batch: [1', /bad\.yaml, line \d: Flow sequence/],
    ['- batch', /is no list of settings/],
    ['command: gan train', /has settings of "onestep gan train", not of "onestep edm train"/],
    ['config: other.yaml', /config is no option of edm train/],
  ])('refuses %j with the place', async (text, message) => {
    const { stderr, code } = await runInside(['edm', 'train', '--config', await write('bad.yaml', text)]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('says where JSON is none, and that a file is missing', async () => {
    const bad = await runInside(['edm', 'train', '--config', await write('bad.json', '{\n"batch" 3}')]);
    expect(bad).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/bad\.json, line 2: this is not JSON/) as string,
    });
    const none = await runInside(['edm', 'train', '--config', inFolder('none.yaml')]);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/none\.yaml does not exist/) as string });
    expect((await runInside(['edm', 'train', '--config=a', '--config=b'])).stderr).toMatch(/--config is there twice/);
  });

  it('sets options that take several values, and options without a value', async () => {
    const path = await write('ema.yaml', 'run: [a, b]\nout: x.safetensors\nema: 0.1\noverwrite: true');
    expect(await expandConfig(await createProgram([]), ['ema', '--config', path, '--ema=0.2'])).toEqual(
      ['ema', '--run=a', '--run=b', '--out=x.safetensors', '--overwrite', '--ema=0.2'],
    ); // prettier-ignore
    const off = await write('off.yaml', 'overwrite: false');
    expect(await expandConfig(await createProgram([]), ['ema', '--config', off])).toEqual(['ema']);
  });
});

describe('the record of a run as --config', () => {
  it('gives every method the options that it had, presets too', async () => {
    for (const method of METHODS) {
      for (const preset of Object.keys(method.presets)) {
        const applied = (from: string | null) => {
          const command = methodCommand(method);
          new Command('onestep').addCommand(new Command('distill').addCommand(command));
          const words = from === null ? [`--preset=${preset}`] : configArguments(command, readConfig(from), new Set());
          command.parseOptions(words);
          applyPreset(command, presetValues(method.options, method.presets[preset]!));
          return JSON.stringify(command.opts());
        };
        const path = inFolder('training_options.json');
        const first = applied(null);
        await writeFile(path, `{ "command": "distill ${method.name}", "command_line": ${first} }`);
        expect(JSON.parse(applied(path)), `${method.name} ${preset}`).toEqual(JSON.parse(first));
      }
    }
  });

  it('repeats a training, from the folder of the run', async () => {
    const zip = inFolder('data.zip');
    await runHere(['dataset', 'convert', '--source', await writeIdxFiles(folder, 8), '--dest', zip]);
    const run = inFolder('run');
    await trainTinyNetwork(run, zip, '--cond=1', '--ema=0.1,0.2', '--ema-rel=0.1', '--pictures=0', '--snap=50');
    const record = async (path: string) => {
      const {
        digests: _,
        run_dir: __,
        ...others
      } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
      return others;
    };
    const path = join(run, 'training_options.json');
    const { stdout, stderr } = await runHere([
      'edm',
      'train',
      '--config',
      run,
      '--outdir',
      inFolder('again'),
      '--dry-run',
    ]);
    expect(await record(await write('again.json', stdout))).toEqual(await record(path));
    expect(stderr).not.toMatch(/has no effect/);

    const gan = ['gan', 'train', '--outdir', inFolder('gans'), '--dry-run'];
    const first = await runHere([...gan, '--data', zip, '--cfg=tiny', '--kimg=1', '--snap=50', '--metrics=none']);
    const again = await runHere([...gan, '--config', await write('gan.json', first.stdout)]);
    expect(again.stdout).toBe(first.stdout);

    const distill = ['distill', 'sid', '--outdir', inFolder('students'), '--dry-run'];
    const teacher = await writeTinyTeacher(folder);
    const one = await runHere([...distill, '--edm-model', teacher, '--preset=small', '--metrics=none']);
    const two = await runHere([...distill, '--config', await write('sid.json', one.stdout)]);
    expect(two.stdout).toBe(one.stdout);
  });

  it('is refused by a folder without one', async () => {
    await mkdir(inFolder('empty'));
    const { code, stderr } = await runInside(['edm', 'train', '--config', inFolder('empty')]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/training_options\.json does not exist/)]);
  });
});
