import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors } from '@onestep/checkpoint';
import { shownNames } from '../src/images/class-names.js';
import { runCli, startCli } from './support/cli.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'onestep-quickstart-'))));
afterAll(() => rm(folder, { recursive: true }));

describe('onestep quickstart', () => {
  it('stops on Ctrl-C, resumes where it stopped, lowers FID, and leaves everything it promises', async () => {
    const outdir = join(folder, 'run');
    const command = ['quickstart', '--outdir', outdir, '--kimg', '0.64', '--num', '60'];

    // Stopped while the teacher is measured, then while the student is distilled.
    for (const moment of ['student before', 'kimg']) {
      const { child, finished } = startCli(command);
      await new Promise<void>((resolve) =>
        child.stdout!.on('data', (chunk: Buffer) => chunk.toString().includes(moment) && resolve()),
      );
      child.kill('SIGINT');
      const stopped = await finished;
      expect(stopped).toMatchObject({ code: 130, signal: null });
      expect(stopped.stdout).toMatch(/the same command/);
    }

    const resumed = await runCli(command);
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect(resumed.stdout).toMatch(/distilling, from [\d.]+ kimg on/);
    expect(resumed.stdout).toMatch(/student after/);

    const summary = JSON.parse(await readFile(join(outdir, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ num_images: 60, nfe: { teacher: 8, student: 1 }, kimg: 0.64 });
    expect(summary.detector).toMatch(/fashion-mnist/);
    const { teacher, student_before: before, student_after: after } = summary.fid;
    expect(teacher).toBeLessThan(after);
    expect(after).toBeLessThan(0.75 * before);
    const curve: { kimg: number; fid: number }[] = summary.curve;
    expect(curve.map(({ kimg }) => kimg)).toEqual([0, 0.144, 0.272, 0.4, 0.528, 0.64]);
    const fids = curve.map(({ fid }) => fid);
    expect([fids[0], fids[5]]).toEqual([before, after]);
    expect(fids).toEqual([...fids].sort((a, b) => b - a));

    const report = await readFile(join(outdir, 'report.html'), 'utf8');
    for (const text of [summary.detector, 'distill diff-instruct --edm-model']) expect(report).toContain(text);
    expect(report).not.toMatch(/(?:src|href)="(?!data:)/);
    const student = decodeSafetensors(await readFile(join(outdir, 'student.safetensors')));
    expect(JSON.parse(student.metadata.onestep!).generator).toMatchObject({ method: 'diff-instruct', initSigma: 2.5 });
    const grid = await readFile(join(outdir, 'grid.png'));
    expect(grid.subarray(1, 4).toString()).toBe('PNG');
    const lines = async (name: string) => (await readFile(join(outdir, name), 'utf8')).trimEnd().split('\n');
    expect((await lines('stats.jsonl')).map((line) => JSON.parse(line)['Metrics/fid']?.mean)).toEqual([
      undefined,
      ...fids.slice(1),
    ]);
    expect((await lines('log.txt')).at(-1)).toMatch(/0\.6 kimg .* FID/);

    const again = await runCli(command);
    expect(again.stdout).toMatch(/finished quickstart/);
    const other = await runCli([...command, '--teacher', join(folder, 'other.safetensors')]);
    expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/Choose another --outdir for --teacher/)]);
    const samples = await runCli([
      'generate',
      '--network',
      join(outdir, 'student.safetensors'),
      '--outdir',
      join(folder, 'out'),
      '--seeds',
      '3,5',
      '--class',
      '7',
    ]);
    expect(samples).toMatchObject({ code: 0 });
    expect(samples.stdout).toMatch(/2 images .* 1 network evaluation each/);
    expect((await stat(join(folder, 'out', '000005.png'))).size).toBeGreaterThan(50);
  });
});

it('names the classes as the network does, else by their numbers', () => {
  expect(shownNames({ labelDim: 2, classNames: ['cat', 'dog'] })).toEqual(['cat', 'dog']);
  expect(shownNames({ labelDim: 2 })).toEqual(['class 0', 'class 1']);
  expect(shownNames({ labelDim: 0 })).toEqual(['']);
});
