import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCuts } from '../src/compare/paper/cuts.js';
import type { MethodRow } from '../src/compare/paper/method-rows.js';
import type { PaperResults } from '../src/compare/paper/results.js';
import { renderPaperLatex } from '../src/compare/paper/write-paper.js';
import { LATEX_PACKAGES, latexTable } from '../src/reports/latex-table.js';

const isInstalled = spawnSync('pdflatex', ['--version']).status === 0;
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'onestep-latex-'))));
afterAll(() => rm(folder, { recursive: true }));

/** Compiles a document that reads the tables. @returns LaTeX's log */
async function compile(tables: string): Promise<string> {
  await writeFile(join(folder, 'table.tex'), tables);
  const packages = `\\usepackage{${LATEX_PACKAGES.join(',')}}`;
  const document = `\\documentclass{article}\n${packages}\n\\begin{document}\n\\input{table}\n\\end{document}\n`;
  await writeFile(join(folder, 'paper.tex'), document);
  const run = spawnSync('pdflatex', ['-halt-on-error', '-interaction=nonstopmode', 'paper.tex'], { cwd: folder });
  const log = await readFile(join(folder, 'paper.log'), 'latin1');
  expect(run.status, log).toBe(0);
  return log;
}

describe.skipIf(!isInstalled)('LaTeX tables (skipped where there is no pdflatex)', () => {
  it('of a comparison compile, and fit on the page', async () => {
    const spread = (mean: number) => ({ mean, error: mean / 30, count: 3 });
    const row = (method: string, values: Partial<MethodRow> = {}): MethodRow => ({
      ...{ method, needs: ['images'], calls: 1, kimg: spread(64), seconds: spread(1800) },
      ...{ fid: spread(12.3), is: spread(8.91), precision: spread(0.654), recall: spread(0.0321) },
      ...{ secondsPerKimg: spread(123), memory: 1.234e9, ...values },
    });
    const empty = { fid: null, is: null, precision: null, recall: null, kimg: null };
    const rows = [row('sid-alpha-1.2'), row('mean-flow', { fid: spread(1e-5) }), row('ect'), row('kd', empty)];
    const results = {
      seeds: [0, 1, 2],
      cuts: findCuts({ kind: 'time', seconds: 1800 }, [{ kimg: 64, seconds: 1700 }]),
      equalPictures: rows,
      equalTime: rows,
      points: [{ method: 'kd', calls: 1, kimg: 1, seconds: 2000 }],
      teacherRows: [{ sampler: 'dpm-solver++', steps: 5, calls: 5, fid: 12.3, is: null, precision: NaN, recall: 1e-4 }],
    } as unknown as PaperResults;
    const log = await compile(renderPaperLatex(results));
    expect(log).not.toContain('Overfull');
    expect(log).toContain('Output written on paper.pdf');
  });

  it('compile with every character of ASCII, and more', async () => {
    const ascii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
    await compile(
      latexTable({
        label: 'tab:characters',
        caption: `${ascii.join('')} “it’s” 0.5 ± 0.1 – one`,
        columns: ['a', '#', '&'].map((title, i) => ({ key: `${i}`, title, better: 'higher' as const })),
        rows: ascii.map((character) => [character, `x${character}`, Infinity]),
      }),
    );
  });
});
