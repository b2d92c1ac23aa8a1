import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '@onestep/checkpoint/node';
import { convertDataset } from '@onestep/datasets';
import { FASHION_DETECTOR } from '@onestep/metrics';
import { writeReference } from '@onestep/metrics/node';
import { runHere } from './support/run-here.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

const DATE = new Date('2024-01-01');
let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-identity-'));
  process.env.ONESTEP_CACHE_DIR = inFolder('cache');
  await rename(await writeTinyTeacher(folder, 32, 0), inFolder('teacher.safetensors'));
  await convertDataset({ source: await writeIdxFiles(folder, 16), dest: inFolder('data.zip') });
});
afterAll(async () => {
  delete process.env.ONESTEP_CACHE_DIR;
  await rm(folder, { recursive: true });
});

/** Replaces a network by another one of equal size and date. */
async function replaceNetwork(path: string): Promise<void> {
  const { size } = await stat(path);
  const { tensors, metadata } = await readSafetensors(path);
  for (const { data } of Object.values(tensors)) (data as Float32Array).fill(0.01);
  await writeSafetensors(path, { tensors, metadata });
  await utimes(path, DATE, DATE);
  expect((await stat(path)).size).toBe(size);
}

/** Replaces a data set by one with other pictures. */
async function replaceData(path: string): Promise<void> {
  await convertDataset({ source: await writeIdxFiles(folder, 16, 5), dest: path, overwrite: true });
  await utimes(path, DATE, DATE);
}

const SIZE = ['--cbase=4', '--cres=1,1', '--blocks=1', '--attn=1'];

/** Records a run as it is when its first step begins. */
async function begin(command: string, run: string, ...args: string[]): Promise<void> {
  const { stdout } = await runHere([...command.split(' '), '--outdir', inFolder(run), '--nosubdir', ...args, '-n']);
  await mkdir(inFolder(run));
  await writeFile(inFolder(run, 'training_options.json'), stdout);
}

/** What a run that goes on would record; rejects if it may not go on. */
const resume = async (command: string, run: string, ...args: string[]) => {
  const { stdout, stderr } = await runHere([...command.split(' '), '--resume', inFolder(run), ...args, '-n']);
  return { recorded: JSON.parse(stdout) as { command_line: Record<string, unknown> }, stderr };
};

/** The message about a file that has other contents than before. */
const refusal = (run: string, option: string, file: string) => {
  const contents = `\\S+${file} with sha256:\\w{16}\\.\\.\\.`;
  return new RegExp(
    `${run} holds a run with other options: command_line.${option} is ${contents} there and ${contents} here`,
  );
};

describe('the files of a run', () => {
  it('of edm train: moved is the same, replaced is refused by name and digests, also in another working folder', async () => {
    const [old, moved] = [inFolder('train.zip'), inFolder('moved.zip')];
    await copyFile(inFolder('data.zip'), old);
    const before = process.cwd();
    process.chdir(folder);
    await begin('edm train', 'edm', '--data=train.zip', ...SIZE);
    process.chdir(before);
    expect((await resume('edm train', 'edm')).recorded.command_line.data).toBe(old);

    await rename(old, moved);
    const missing = /There is no .*train\.zip, with which the run was started.*--data PATH/;
    await expect(resume('edm train', 'edm')).rejects.toThrow(missing);
    expect((await resume('edm train', 'edm', `--data=${moved}`)).recorded.command_line.data).toBe(moved);

    await replaceData(moved);
    await expect(resume('edm train', 'edm', `--data=${moved}`)).rejects.toThrow(
      /data is \S+train\.zip with .* there and \S+moved\.zip/,
    );
    await rename(moved, old);
    await expect(resume('edm train', 'edm')).rejects.toThrow(refusal('edm', 'data', 'train\\.zip'));
    const again = ['edm', 'train', `--data=${old}`, ...SIZE, `--outdir=${inFolder('edm')}`, '--nosubdir', '-n'];
    await expect(runHere(again)).rejects.toThrow(refusal('edm', 'data', 'train\\.zip'));
    // A new run may start from its state with other data, and says so.
    await writeFile(inFolder('edm', 'training-state-000001.safetensors'), '');
    const { stderr } = await resume('edm train', 'edm', `--outdir=${inFolder('begun')}`);
    expect(stderr).toMatch(/A new run with other files: .*data is .* here\.$/m);
  });

  it('of edm train --transfer: needed to begin, and not any more once there is a state', async () => {
    const from = inFolder('from.safetensors');
    await copyFile(inFolder('teacher.safetensors'), from);
    await begin('edm train', 'transfer', ...SIZE, `--data=${inFolder('data.zip')}`, `--transfer=${from}`);
    await rename(from, inFolder('kept.safetensors'));
    await expect(resume('edm train', 'transfer')).rejects.toThrow(/from\.safetensors/);
    await writeFile(inFolder('transfer', 'training-state-000001.safetensors'), '');
    await resume('edm train', 'transfer');
    await rename(inFolder('kept.safetensors'), from);
    await resume('edm train', 'transfer');
    await replaceNetwork(from);
    await expect(resume('edm train', 'transfer')).rejects.toThrow(
      refusal('transfer', 'transfer', 'from\\.safetensors'),
    );
  });

  it('of distill: a teacher that is moved or replaced; the snapshot that a run folder stands for', async () => {
    const [old, moved] = [inFolder('old.safetensors'), inFolder('new.safetensors')];
    await mkdir(inFolder('teacher-run'));
    await copyFile(inFolder('teacher.safetensors'), old);
    await copyFile(old, inFolder('teacher-run', 'network-snapshot-000012.safetensors'));
    await begin('distill sid', 'sid', `--edm-model=${old}`, '--tick=10', '--snap=50');
    await rename(old, moved);
    await expect(resume('distill sid', 'sid')).rejects.toThrow(/old\.safetensors, with which.*--edm-model PATH/);
    await resume('distill sid', 'sid', `--edm-model=${moved}`);
    const { recorded, stderr } = await resume('distill sid', 'sid', `--edm-model=${inFolder('teacher-run')}`);
    expect(recorded.command_line.edmModel).toBe(inFolder('teacher-run', 'network-snapshot-000012.safetensors'));
    expect(stderr).toMatch(/network-snapshot-000012\.safetensors, the only snapshot/);
    await replaceNetwork(moved);
    await rename(moved, old);
    await expect(resume('distill sid', 'sid')).rejects.toThrow(refusal('sid', 'edmModel', 'old\\.safetensors'));
  });

  it('of metrics: they may be added, changed and left out, as ticks may, and their reference counts while they are measured', async () => {
    const reference = inFolder('ref.safetensors');
    const write = async (mean: number) => {
      const covariance = Float64Array.from({ length: 128 ** 2 }, (_, i) => Number(i % 129 === 0));
      const moments = { mean: new Float64Array(128).fill(mean), covariance };
      await writeReference(reference, { ...moments, name: 'reals', detector: FASHION_DETECTOR, numImages: 9 });
    };
    await write(0);
    const run = inFolder('measured');
    await begin('distill sid', 'measured', `--edm-model=${inFolder('teacher.safetensors')}`, '--batch=4');
    const measured = ['--metrics=fid10_full', `--data-stat=${reference}`, '--detector=fashion-mnist'];
    await runHere(['distill', 'sid', `--resume=${run}`, '--tick=0.002', '--snap=1', '--duration=4e-6', ...measured]);
    expect(await readdir(run)).toContain('metric-fid10_full.jsonl');
    await resume('distill sid', 'measured', '--metrics=is10');
    await write(1);
    await expect(resume('distill sid', 'measured')).rejects.toThrow(
      refusal('measured', 'dataStat', 'ref\\.safetensors'),
    );
    await resume('distill sid', 'measured', '--metrics=none');
  });
});

it('metrics that cannot be measured are refused before the work, or left out where they are optional', async () => {
  const small = await writeTinyTeacher(folder, 8, 0);
  const args = [
    'distill',
    'sid',
    `--edm-model=${small}`,
    '--metrics=fid1k_full',
    '--detector=fashion-mnist',
    `--outdir=${inFolder('never')}`,
    '-n',
  ];
  await expect(runHere(args)).rejects.toThrow(
    /--metrics cannot be measured: .*8x8x1.*--metrics none.*--metrics-optional/,
  );
  expect((await runHere([...args, '--metrics-optional'])).stderr).toMatch(/^--metrics has no effect: .*8x8x1/);
  expect(await readdir(folder)).not.toContain('never');
});

it('compare measures and distills again where the teacher was replaced, and keeps the former student', async () => {
  const teacher = inFolder('compared.safetensors');
  await copyFile(inFolder('teacher.safetensors'), teacher);
  const outdir = inFolder('compare');
  const settings = ['--kimg=0.016', '--num=10', '--batch=16', '--teacher-steps=1', '--methods=diff-instruct'];
  const compare = () => runHere(['compare', `--outdir=${outdir}`, `--teacher=${teacher}`, ...settings]);
  const results = async () =>
    JSON.parse(await readFile(join(outdir, 'results.json'), 'utf8')) as { rows: { fid: number }[] };
  await mkdir(outdir);
  await compare();
  const { rows: before } = await results();
  await replaceNetwork(teacher);
  await compare();
  const { rows: after } = await results();
  for (const [i, { fid }] of after.entries()) expect(fid).not.toBe(before[i]!.fid);
  const kept = (await readdir(outdir)).filter((name) => /^diff-instruct\.sha256-[0-9a-f]{8}$/.test(name));
  expect(kept).toHaveLength(1);
  expect(await readdir(join(outdir, kept[0]!))).toContain('student.safetensors');
  expect(await readFile(join(outdir, 'log.txt'), 'utf8')).toContain(`${kept[0]!} keeps the former one`);
});
