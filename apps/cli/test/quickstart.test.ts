import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors } from '@onestep/checkpoint';
import { runCli, startCli } from './support/cli.js';
import { writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'onestep-quickstart-'))));
afterAll(() => rm(folder, { recursive: true }));

describe('onestep quickstart', () => {
  it('stops on Ctrl-C, goes on where it stopped, and leaves everything it promises', async () => {
    const outdir = join(folder, 'run');
    const teacher = await writeTinyTeacher(folder);
    const command = ['quickstart', '--teacher', teacher, '--outdir', outdir, '--kimg', '1.28', '--num', '60'];

    // Stopped while the teacher is measured, then while the student is distilled.
    for (const moment of ['student before', 'kimg']) {
      const { child, finished } = startCli(command);
      await new Promise<void>((resolve) =>
        child.stdout!.on('data', (chunk: Buffer) => chunk.toString().includes(moment) && resolve()),
      );
      child.kill('SIGINT');
      const stopped = await finished;
      expect(stopped).toMatchObject({ code: 130, signal: null });
      expect(stopped.stdout).toMatch(/the same command goes on/);
    }

    const resumed = await runCli(command);
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect(resumed.stdout).toMatch(/distilling, from [\d.]+ kimg on/);
    expect(resumed.stdout).toMatch(/student after/);

    const summary = JSON.parse(await readFile(join(outdir, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ num_images: 60, nfe: { teacher: 35, student: 1 }, kimg: 1.28 });
    expect(summary.detector).toMatch(/fashion-mnist/);
    for (const name of ['teacher', 'student_before', 'student_after']) expect(summary.fid[name]).toBeGreaterThan(0);
    const moments = summary.curve.map(({ kimg }: { kimg: number }) => kimg);
    expect(moments).toHaveLength(6);
    expect([moments[0], moments[5]]).toEqual([0, 1.28]);
    expect(moments).toEqual([...moments].sort((a, b) => a - b));

    const report = await readFile(join(outdir, 'report.html'), 'utf8');
    expect(report).toContain(summary.detector);
    expect(report).not.toMatch(/(?:src|href)="(?!data:)/);
    const student = decodeSafetensors(await readFile(join(outdir, 'student.safetensors')));
    expect(JSON.parse(student.metadata.onestep!).generator).toMatchObject({ method: 'diff-instruct', initSigma: 2.5 });
    for (const file of ['grid.png', 'log.txt', 'stats.jsonl', 'training_options.json']) {
      expect((await stat(join(outdir, file))).size, file).toBeGreaterThan(0);
    }

    const again = await runCli(command);
    expect(again.stdout).toMatch(/finished quickstart/);
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
