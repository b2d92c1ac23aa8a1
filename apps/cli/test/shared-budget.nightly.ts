import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobCommand, jobEnvironment, runJob, whyNoMpi } from '../../../test-support/mpi.js';
import { programArguments } from '../../../test-support/program.js';
import type { PaperResults } from '../src/compare/paper/results.js';
import { runCli } from './support/cli.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

const missing = whyNoMpi('Open MPI');
if (missing !== null) console.warn(`Tests of shared comparisons are skipped: ${missing}.`);
const program = await programArguments('apps/cli/src/main.ts');

describe.skipIf(missing !== null)('onestep compare --budget with 2 ranks', () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'onestep-shared-budget-'))));
  afterAll(() => rm(folder, { recursive: true }));

  it('has the numbers of one process, to rounding, and goes on where it was stopped', async () => {
    const teacher = await writeTinyTeacher(folder, 8);
    const source = await writeIdxFiles(folder, 40);
    const data = join(folder, 'data.zip');
    await runCli(['dataset', 'convert', '--source', source, '--dest', data, '--resolution=8x8']);
    const args = (name: string) => [
      ...['compare', '--teacher', teacher, '--data', data, '--outdir', join(folder, name)],
      ...['--samplers=heun', '--teacher-calls=1', '--batch=64', '--num=12', '--budget=0.256kimg', '--pairs=8'],
      ...['--methods=diff-instruct,kd', '--seed=3'],
    ];
    const ranks = (name: string) => [args(name), args(name)].map((typed) => [...program, ...typed]);
    const resultsOf = async (name: string) =>
      JSON.parse(await readFile(join(folder, name, 'results.json'), 'utf8')) as PaperResults;
    const [file, ...rest] = jobCommand('Open MPI', ranks('shared'));
    const child = spawn(file!, rest, { env: jobEnvironment() });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      const had = output.includes('tick 0');
      output += chunk.toString();
      if (!had && output.includes('tick 0')) child.kill('SIGUSR2');
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    expect(code).not.toBe(0);
    expect(output).toMatch(/Stopped\. Everything so far is in .*shared; the same command goes on from there/);
    const resumed = await runJob('Open MPI', ranks('shared'));
    expect(resumed).toMatchObject({ code: 0 });
    expect(await runCli(args('alone'))).toMatchObject({ code: 0 });
    const [shared, alone] = [await resultsOf('shared'), await resultsOf('alone')];
    const fids = ({ equalPictures, teacherRows }: PaperResults) => [
      ...equalPictures.map(({ fid }) => fid!.mean),
      ...teacherRows.map(({ fid }) => fid),
    ];
    expect(fids(shared)).toHaveLength(3);
    fids(shared).forEach((fid, i) => expect(Math.abs(fid / fids(alone)[i]! - 1), `row ${i}`).toBeLessThan(1e-3));
    const again = await runJob('Open MPI', ranks('shared'));
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).not.toContain('distilling');
    expect(await resultsOf('shared')).toEqual(shared);
  });
});
