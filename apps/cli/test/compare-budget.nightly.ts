import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PaperResults } from '../src/compare/paper/results.js';
import { PAPER_FILES } from '../src/compare/paper/write-paper.js';
import { runCli, startCli } from './support/cli.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let command: string[];
const inRun = (...names: string[]) => join(folder, 'run', ...names);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-budget-'));
  const teacher = await writeTinyTeacher(folder, 8);
  const data = join(folder, 'data.zip');
  const source = await writeIdxFiles(folder, 40);
  await runCli(['dataset', 'convert', '--source', source, '--dest', data, '--resolution=8x8']);
  const files = ['compare', '--teacher', teacher, '--data', data, '--outdir', inRun()];
  const teacherRows = ['--samplers', 'ddim,heun', '--teacher-calls', '1,3'];
  const size = ['--batch', '64', '--num', '12', '--budget', '1.2kimg', '--measurements', '2'];
  const repeated = ['--seeds', '2', '--pairs', '8'];
  command = [...files, ...teacherRows, ...size, ...repeated, '--methods', 'diff-instruct,ect,kd'];
});
afterAll(() => rm(folder, { recursive: true }));

const results = async () => JSON.parse(await readFile(inRun('results.json'), 'utf8')) as PaperResults;
const weights = async (...names: string[]) => readFile(inRun(...names, 'network-snapshot-000001.safetensors'));

describe('onestep compare with a budget', () => {
  it('goes on exactly after a kill in the middle of a training', async () => {
    const { child, finished } = startCli(command);
    child.stdout!.on(
      'data',
      (chunk: Buffer) => chunk.toString().includes('ect, seed 0: distilling') && child.kill('SIGKILL'),
    );
    expect(await finished).toMatchObject({ signal: 'SIGKILL' });
    const first = await readFile(inRun('diff-instruct', 'seed-0', 'measurements.json'), 'utf8');
    expect(await readdir(inRun())).not.toContain('results.json');

    const resumed = await runCli(command);
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect(resumed.stdout).not.toContain('diff-instruct, seed 0: distilling');
    expect(await readFile(inRun('diff-instruct', 'seed-0', 'measurements.json'), 'utf8')).toBe(first);
    const found = await results();
    expect(found.failed).toEqual([]);
    expect(found.equalPictures.map(({ method, calls, fid }) => [method, calls, fid!.count])).toEqual([
      ['diff-instruct', 1, 2],
      ...[1, 2, 4].map((calls) => ['ect', calls, 2]),
      ['kd', 1, 2],
    ]);
    for (const row of found.equalPictures) {
      expect(row.kimg!.mean).toBe(1.2);
      expect(row.precision!.mean).toBeGreaterThanOrEqual(0);
      expect(row.memory).toBeGreaterThan(50e6);
    }
    // Equal time is that of the training which ended first.
    const ends = found.points.filter(({ kimg, calls }) => kimg === 1.216 && calls === 1).map(({ seconds }) => seconds);
    expect([ends.length, Math.min(...ends)]).toEqual([6, found.cuts.seconds]);
    expect(new Set(found.teacherRows.map(({ calls }) => calls))).toEqual(new Set([1, 3]));
    for (const name of PAPER_FILES) expect(await readdir(inRun())).toContain(name);

    // The ordinary command resumes a cell, finds nothing to do, and a cell of its own has the same weights.
    const cell = inRun('ect', 'seed-0');
    expect(await runCli(['distill', 'ect', '--resume', cell])).toMatchObject({ code: 0 });
    const weightsBefore = await weights('ect', 'seed-0');
    await rename(cell, inRun('moved'));
    const again = await runCli(command);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(Buffer.compare(await weights('ect', 'seed-0'), weightsBefore)).toBe(0);
  });

  it('names a cell of another run and one that is damaged, goes on with the others, and ends with 1', async () => {
    const options = inRun('kd', 'seed-0', 'training_options.json');
    const recorded = JSON.parse(await readFile(options, 'utf8')) as { command_line: { batch: number } };
    await rm(inRun('results.json'));
    await rm(inRun('kd', 'seed-0', 'network-snapshot-000001.safetensors'));
    await writeFile(options, JSON.stringify({ ...recorded, command_line: { ...recorded.command_line, batch: 8 } }));
    await writeFile(inRun('diff-instruct', 'seed-1', 'stats.jsonl'), 'nothing\n');
    const { code, stderr } = await runCli(command);
    expect(code).toBe(1);
    expect(stderr).toMatch(/kd.seed-0 failed: .*batch is 8 there and 64 here.* move the folder away/);
    expect(stderr).toMatch(/diff-instruct.seed-1 failed: .*stats\.jsonl is damaged/);
    const { failed, equalPictures } = await results();
    expect(failed).toHaveLength(2);
    expect(equalPictures.find(({ method }) => method === 'kd')!.fid).toMatchObject({ count: 1, error: null });
    expect(await readFile(inRun('table.md'), 'utf8')).toMatch(/\| seeds \|/);
  });

  it('stops in good order on a signal, and fills a budget of time', async () => {
    const outdir = join(folder, 'time');
    const timed = command.with(command.indexOf(inRun()), outdir).with(command.indexOf('1.2kimg'), '12s');
    const one = [...timed.slice(0, -1), 'ect'].with(timed.indexOf('--seeds') + 1, '1');
    const { child, finished } = startCli(one);
    child.stdout!.on(
      'data',
      (chunk: Buffer) => chunk.toString().includes('seed 0: distilling') && child.kill('SIGTERM'),
    );
    const stopped = await finished;
    expect([stopped.code, stopped.stdout]).toEqual([
      143,
      expect.stringContaining('the same command goes on from there'),
    ]);
    expect(await runCli(one)).toMatchObject({ code: 0, stderr: '' });
    const found = JSON.parse(await readFile(join(outdir, 'results.json'), 'utf8')) as PaperResults;
    expect(found.cuts.seconds).toBeGreaterThan(11);
    expect(found.equalTime[0]!.fid!.mean).toBeGreaterThan(0);
  });
});
