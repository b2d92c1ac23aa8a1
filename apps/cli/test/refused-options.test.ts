import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '@onestep/datasets';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pairsInFiles } from '../src/evaluation/captioned-pairs.js';
import { runInside } from './support/run-here.js';

let folder: string;
const inFolder = (name: string) => join(folder, name);
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'onestep-refused-'))));
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ['metrics calc --images=x --metrics=none', /--metrics none leaves nothing to measure/],
  ['metrics eval --network=fashion-mnist --metrics=none', /--metrics none leaves nothing to measure/],
  ['metrics calc --images=x --metrics=fid50k_full --num=9999', /Leave --num out: the names in --metrics/],
  ['metrics calc --images=x --trials=2', /--trials needs --network/],
  ['metrics calc --images=x --class-probabilities=1,2', /--class-probabilities needs --network/],
  ['metrics attributes --network=x --prompts=x --num=5', /Leave --num out: --prompts has the captions/],
  ['engine install tensorflow --tensorflow=/x --cuda', /with CUDA or without: leave --cuda out/],
  ['engine install ort-cuda --tensorflow=/x', /--tensorflow is an option of: onestep engine install tensorflow/],
  ['engine install tensorflow --tensorflow=/x --wheel=/y', /Give --wheel or --tensorflow, not both/],
  ['metrics calc --data=x', /Pass the images to measure: either --images PATH or --network FILE/],
  [
    'generate --network=fashion-mnist --seeds=0 --outdir=x --ref=x',
    /--ref takes at least \d+ images: give more --seeds/,
  ],
  ['generate --network=fashion-mnist --seeds=5-2', /The range 5-2 is empty/],
  ['generate --network=fashion-mnist --class-probabilities=none.txt', /none\.txt/],
  ['distill sid --outdir=x', /Say which model to distill: --edm-model FILE/],
  ['metrics calc --images=x --metrics=fid', /fid/],
  ['metrics groups --network=x --data=x --by=word --words=,', /words with commas between them, such as red,green,blue/],
  ['compare --methods=sid --teacher-steps=0', /A sampler takes at least 1 step/],
  ['gan train --outdir=x', /Pass the data set to train on: --data ZIP/],
  ['edm train --outdir=x --data=x --batch=8 --batch-gpu=3', /--batch 8 must be a multiple of --batch-gpu 3/],
  [
    'distill sid --edm-model=x --outdir=x --transfer=x --resume=y.safetensors',
    /--transfer and --resume exclude each other/,
  ],
])('onestep %s: what does not go together is wrong usage', async (command, message) => {
  const { code, stdout, stderr } = await runInside(command.split(' '));
  expect(stderr).toMatch(message);
  expect([code, stdout]).toEqual([2, '']);
});

it('a setting in a file without a name says in which line it is', async () => {
  await writeFile(inFolder('run.yaml'), '# mine\n? [batch]\n: 4\n');
  const { code, stderr } = await runInside(['edm', 'generate', '--config', inFolder('run.yaml')]);
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/run\.yaml, line 2: a setting is written as NAME: VALUE\./),
  ]);
});

it.each([
  ['twice.json', '{\n  "batch": 4,\n  "batch": 8\n}', /twice\.json, line 3: batch is there twice\./],
  ['list.json', '[1]', /list\.json/],
  ['cut.yaml', 'batch: [4', /cut\.yaml, line 1/],
  ['list.yaml', '- 4', /list\.yaml/],
  ['word.yaml', 'class-cond: maybe\n', /word\.yaml/],
  ['other.json', '{ "command": 3 }', /other\.json, line 1: command has to be the name of a command/],
  ['record.json', '{ "command_line": 3 }', /record\.json, line 1: command_line has to be an object/],
])('%s: what is wrong with a file of settings is said with its place', async (name, text, message) => {
  await writeFile(inFolder(name), text);
  const { code, stderr } = await runInside(['edm', 'generate', '--config', inFolder(name)]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
});

it('a file is no folder of runs', async () => {
  await writeFile(inFolder('notes.txt'), '');
  const { code, stderr } = await runInside(['runs', inFolder('notes.txt')]);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/notes\.txt is a file: pass the --outdir of trainings/)]);
});

it('a folder without runs has no report, and a contact sheet needs a folder', async () => {
  await mkdir(inFolder('empty'));
  const report = await runInside(['report', inFolder('empty'), '--out', inFolder('report.html')]);
  expect([report.code, report.stderr]).toEqual([1, expect.stringMatching(/There are no runs in .*empty/)]);
  const sheet = inFolder('none/sheet.png');
  const info = await runInside(['dataset', 'info', inFolder('empty'), '--contact-sheet', sheet]);
  expect([info.code, info.stderr]).toEqual([1, expect.stringMatching(/The folder of --contact-sheet .* does not exist; make/)]); // prettier-ignore
});

it('a run of another program is not resumed', async () => {
  await mkdir(inFolder('run'));
  await writeFile(inFolder('run/training_options.json'), '{ "total_kimg": 5 }');
  const { code, stderr } = await runInside(['edm', 'train', '--resume', inFolder('run')]);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/training_options\.json has no command_line: this run was not/)]); // prettier-ignore
  expect(await readdir(inFolder('run'))).toEqual(['training_options.json']);
});

it('captions without an image, and images without a caption, are refused', async () => {
  await mkdir(inFolder('pictures'));
  const png = encodePng(new Uint8Array(4), { width: 2, height: 2, channels: 1 });
  for (const name of ['a', 'b']) await writeFile(inFolder(`pictures/${name}.png`), png);
  const count = async (prompts?: string[]) => {
    let seen = 0;
    for await (const _ of pairsInFiles(inFolder('pictures'), prompts).read(new AbortController().signal)) seen++;
    return seen;
  };
  expect(await count(['one', 'two'])).toBe(2);
  await expect(count(['one', 'two', 'three'])).rejects.toThrow(/has 2 images, and --prompts 3 captions: an image each/);
  await expect(count(['one'])).rejects.toThrow(/more images than --prompts has captions \(1\)/);
  await expect(count()).rejects.toThrow(/a\.png/);
});
