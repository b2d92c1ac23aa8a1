import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFolder } from '../src/short-run/short-run.js';
import { runCli, startCli } from './support/cli.js';
import { runInside } from './support/run-here.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'onestep-compare-'))));
afterAll(() => rm(folder, { recursive: true }));

describe('onestep compare', () => {
  it('compares methods by one command, which lowers FID, resumes after a kill and repeats nothing that is finished', async () => {
    const outdir = join(folder, 'run');
    const text = (name: string) => readFile(join(outdir, name), 'utf8');
    const results = async () => JSON.parse(await text('results.json')) as { rows: Record<string, unknown>[] };
    const settings = ['compare', '--outdir', outdir, '--kimg', '0.256', '--num', '20'];
    const command = [...settings, '--batch', '32', '--teacher-steps', '1,2', '--methods', 'diff-instruct,sid-1.2'];

    // Killed in the second method, when the first one is finished.
    const { child, finished } = startCli(command);
    child.stdout!.on('data', (chunk: Buffer) => chunk.toString().includes('sid-1.2') && child.kill('SIGKILL'));
    expect(await finished).toMatchObject({ code: null, signal: 'SIGKILL' });
    const first = await text('diff-instruct/measurements.json');
    expect(await readdir(outdir)).not.toContain('results.json');

    const resumed = await runCli(command);
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect(resumed.stdout).not.toContain('diff-instruct: distilling');
    expect(await text('diff-instruct/measurements.json')).toBe(first);

    const { rows } = await results();
    expect(rows.map(({ method, nfe }) => `${String(method)} ${String(nfe)}`)).toEqual([
      ...['teacher 1', 'teacher 3'],
      ...new Array<string>(5).fill('diff-instruct 1'),
      ...new Array<string>(5).fill('sid-1.2 1'),
    ]);
    for (const row of rows) {
      expect(row).toMatchObject({ images: 20, detector: expect.stringMatching(/fashion-mnist/) });
      expect(row.inception_score).toBeGreaterThan(1);
    }
    const column = (name: string, figure: string) =>
      rows.filter(({ method }) => method === name).map((row) => Number(row[figure]));
    for (const method of ['diff-instruct', 'sid-1.2']) {
      const fids = column(method, 'fid');
      expect(fids.at(-1), method).toBeLessThan(0.9 * fids[0]!);
    }
    const moments = (name: string) => column(name, 'kimg');
    expect(moments('sid-1.2')).toEqual(moments('diff-instruct'));
    expect([moments('sid-1.2')[0], moments('sid-1.2').at(-1)]).toEqual([0, 0.256]);
    // Both start from the teacher in one step, with the same seeds.
    const before = rows.filter(({ kimg }) => kimg === 0);
    expect(before[0]!.fid).toBe(before[1]!.fid);
    expect(before[0]).toMatchObject({ options: { lr: 5e-4, batch: 32, seed: 0 } });

    const report = await text('report.html');
    for (const name of ['<svg', 'sid-1.2', 'teacher, NFE 3']) expect(report).toContain(name);
    expect(report).not.toMatch(/(?:src|href)="(?!data:)/);
    expect(await text('table.md')).toMatch(/^\| diff-instruct \| 1 \|/m);

    const json = await text('results.json');
    const written = await stat(join(outdir, 'grid.png'));
    const again = await runCli(command);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).not.toContain('distilling');
    expect(await text('results.json')).toBe(json);
    expect((await stat(join(outdir, 'grid.png'))).mtimeMs).toBe(written.mtimeMs);

    // A method can be added; what all have in common cannot be changed.
    const other = await runCli([...settings.with(-1, '30'), '--batch', '32']);
    expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/num is 20 there and 30 here/)]);
    const added = await runCli([...command.slice(0, -1), 'sid-1.2,boot']);
    expect(added).toMatchObject({ code: 0, stderr: '' });
    expect(new Set((await results()).rows.map(({ method }) => method))).toEqual(
      new Set(['teacher', 'sid-1.2', 'boot']),
    );
  });

  it('says which methods there are', async () => {
    const { code, stderr } = await runInside([
      'compare',
      '--methods',
      'sid-1.2,sid-2',
      '--outdir',
      join(folder, 'never'),
    ]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/no method "sid-2".*diff-instruct, sid-0\.5/)]);
    expect(await readdir(folder)).not.toContain('never');
  });
});

it('a run whose options were recorded under an earlier name can be continued', async () => {
  const path = join(folder, 'earlier');
  const file = join(path, 'training_options.json');
  await mkdir(path);
  await writeFile(file, JSON.stringify({ lr: 5e-4, emaHalflifeKimg: 2 }));
  await expect(openFolder(path, { lr: 5e-4, emaHalfLifeKimg: 3 }, [])).rejects.toThrow(
    /emaHalfLifeKimg is 2 there and 3/,
  );
  (await openFolder(path, { lr: 5e-4, emaHalfLifeKimg: 2 }, [])).close();
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ lr: 5e-4, emaHalfLifeKimg: 2 });
});
