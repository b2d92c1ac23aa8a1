import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, type Finished } from './support/cli.js';
import { runInside } from './support/run-here.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let idx: string;
let zip: string;
let teacher: string;
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-cli-'));
  idx = await writeIdxFiles(folder, 20);
  zip = inFolder('data.zip');
  teacher = await writeTinyTeacher(folder);
  expect(await runInside(['dataset', 'convert', '--source', idx, '--dest', zip])).toMatchObject({ code: 0 });
});
afterAll(() => rm(folder, { recursive: true }));

/** One line of explanation, no stack trace. */
function expectOneClearLine({ stderr, code }: Finished, exitCode: number, message: RegExp) {
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/\n\s+at /);
  const said = stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('(add --help'));
  expect(said).toHaveLength(1);
  expect(code).toBe(exitCode);
}

const training = (...more: string[]) => [
  ...['edm', 'train', '--outdir', inFolder('runs'), '--data', zip, '--cond', '1', '--cbase', '8', '--cres', '1'],
  ...more,
];
const generation = (...more: string[]) => [
  ...['edm', 'generate', '--network', teacher, '--outdir', inFolder('out'), '--seeds', '0-1', ...more],
];
const train = (...more: string[]) => runInside(training(...more));
const generate = (...more: string[]) => runInside(generation(...more));

describe('bad input gives one clear line and exit code 1 or 2', () => {
  it('a ZIP that is missing', async () => {
    expectOneClearLine(await train('--data', inFolder('none.zip')), 1, /none\.zip/);
  });

  it.each([
    ['edm train', () => runCli(training())],
    ['edm generate', () => runCli(generation())],
    ['generate', () => runCli(['generate', '--network', 'fashion-mnist', '--seeds', '0', '--outdir', inFolder('out')])],
    ['quickstart', () => runCli(['quickstart', '--outdir', inFolder('quick')])],
  ])('%s: a wrong number of threads is wrong usage', async (_name, run) => {
    process.env.ONESTEP_THREADS = 'abc';
    const result = await run().finally(() => (process.env.ONESTEP_THREADS = '1'));
    expectOneClearLine(result, 2, /^error: ONESTEP_THREADS is 'abc', expected a whole number from 1 to 1024\./);
  });

  it('a ZIP that is cut short', async () => {
    const short = inFolder('short.zip');
    await writeFile(short, await readFile(zip));
    await truncate(short, 5000);
    expectOneClearLine(await train('--data', short), 1, /short\.zip/);
  });

  it('an idx file of the wrong kind', async () => {
    const labels = idx.replace('images-idx3', 'labels-idx1');
    const wrong = inFolder('wrong-images-idx3-ubyte.gz');
    await writeFile(wrong, await readFile(labels));
    const dest = inFolder('wrong.zip');
    expectOneClearLine(
      await runInside(['dataset', 'convert', '--source', wrong, '--dest', dest]),
      1,
      /wrong-images-idx3/,
    );
    expect(await readdir(folder)).not.toContain('wrong.zip');
  });

  it('a label out of range', async () => {
    expectOneClearLine(await generate('--class', '10'), 1, /[Cc]lass 10 .*0 to 9/);
  });

  it('a teacher of another resolution', async () => {
    const small = await writeTinyTeacher(folder, 16);
    const result = await runInside(['quickstart', '--teacher', small, '--outdir', inFolder('quick')]);
    expectOneClearLine(result, 1, /32x32x1.*16x16x1/);
    expect(await readdir(folder)).not.toContain('quick');
  });

  it('an output folder that cannot be made', async () => {
    await writeFile(inFolder('file'), 'in the way');
    expectOneClearLine(await train('--outdir', inFolder('file/runs')), 1, /file/);
    expect(await readFile(inFolder('file'), 'utf8')).toBe('in the way');
  });

  it('a network file that is cut short, and one that is none', async () => {
    const short = inFolder('short.safetensors');
    await writeFile(short, (await readFile(teacher)).subarray(0, 1000));
    expectOneClearLine(await generate('--network', short), 1, /short\.safetensors/);
    expectOneClearLine(await generate('--network', zip), 1, /data\.zip/);
    expectOneClearLine(await generate('--network', inFolder('none')), 1, /none/);
  });

  it('a one-step generator asked of a diffusion model, and options that are missing', async () => {
    expectOneClearLine(
      await runInside(['generate', '--network', teacher, '--outdir', inFolder('o')]),
      1,
      /edm generate/,
    );
    expectOneClearLine(await runInside(['distill', 'sid', '--outdir', inFolder('o')]), 2, /--edm-model/);
    expectOneClearLine(await runInside(['edm', 'train', '--data', zip]), 2, /--outdir/);
    expectOneClearLine(await runInside(['metrics', 'calc']), 2, /--images/);
  });

  it.each([
    ['--batch', '-1'],
    ['--lr', '0'],
    ['--duration', 'long'],
    ['--dropout', '1.5'],
    ['--cond', 'maybe'],
    ['--cres', '1,,2'],
    ['--arch', 'resnet'],
    ['--augment', '2'],
  ])('%s %s', async (option, value) => {
    expectOneClearLine(await train(option, value), 2, new RegExp(`${option}.*${value}`));
  });

  it('a network that its options cannot describe', async () => {
    const outdir = inFolder('never');
    expectOneClearLine(await train('--cres', '1,1,1,1,1,1,1', '--outdir', outdir, '--nosubdir'), 1, /imgResolution/);
    expect(await readdir(folder)).not.toContain('never');
  });

  it('a full disk, which leaves what was there untouched', async () => {
    const before = await readFile(zip);
    // A file size limit fails writes the way a full disk does, with an error in the middle of the file.
    const result = await runCli(
      ['dataset', 'convert', '--source', idx, '--dest', zip, '--overwrite'],
      'trap "" XFSZ; ulimit -f 4',
    );
    expectOneClearLine(result, 1, /data\.zip|too large|EFBIG/);
    expect(await readFile(zip)).toEqual(before);
    expect((await readdir(folder)).filter((name) => name.includes('.tmp') || name.startsWith('.'))).toEqual([]);
  });

  it('a run folder with other options', async () => {
    const outdir = inFolder('same');
    await mkdir(outdir);
    const args = [
      '--outdir',
      outdir,
      '--nosubdir',
      '--duration',
      '0.00001',
      '--batch',
      '2',
      '--tick',
      '1',
      '--pictures=0',
      '--blocks=1',
      '--attn=1',
    ];
    expect((await train(...args)).code).toBe(0);
    expectOneClearLine(await train(...args, '--lr', '0.5'), 1, /other options: command_line\.lr is 0\.001 there/);
    const resume = (...more: string[]) => runInside(['edm', 'train', '--resume', ...more]);
    expectOneClearLine(await resume(join(outdir, 'stats.jsonl')), 1, /stats\.jsonl is not a training state/);
    expectOneClearLine(await resume(inFolder('nowhere')), 1, /nowhere/);
    await mkdir(inFolder('empty'));
    expectOneClearLine(await resume(inFolder('empty')), 1, /no training_options\.json/);
    expectOneClearLine(await resume(outdir, '--lr', '0.5'), 1, /other options: command_line\.lr/);
    expectOneClearLine(await resume(outdir, '--transfer', teacher), 2, /--transfer and --resume/);
    expect(await resume(outdir, '--duration', '0.00002')).toMatchObject({ code: 0 });
  });
});
