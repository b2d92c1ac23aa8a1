import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKS } from '../../parity/checks/registry.js';
import { addItem, holds, type Cell } from '../engine-table/cell.js';
import { remarkText, shortText } from '../engine-table/cell-text.js';
import { DOCUMENTS, withTables } from '../engine-table/documents.js';
import { LEFT_OUT, PARTS } from '../engine-table/parts/registry.js';
import { compareBytes } from '../engine-table/parts/resume.js';
import { readResults, RESULTS_FILE, type Results } from '../engine-table/results.js';
import { engines } from './support/engine-table-command.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'onestep-engine-table-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function emptyCell(of: number): Cell {
  return { date: '2026-01-01', unit: 'file', done: 0, of, quantities: 0, largest: [], beyond: 0, failures: [] };
}

describe('npm run engines', () => {
  it('measures a part on an engine, and not again without --redo', async () => {
    const results = join(folder, 'results.json');
    const args = ['--only', 'ort', '--parts', 'losses,StyleGAN2', '--results', results];
    const first = await engines(...args);
    expect(first.status, first.output).toBe(0);
    const { ort, ...others } = readResults(results).engines;
    expect(others).toEqual({});
    expect(Object.keys(ort!.cells)).toEqual(['losses', 'StyleGAN2']);
    expect(ort!.description).toContain('ONNX Runtime');

    const before = readFileSync(results, 'utf8');
    const second = await engines(...args);
    expect(second.output).toContain('measured before');
    expect(readFileSync(results, 'utf8')).toBe(before);
  });

  it.each([
    [['--only', 'gpu'], /Unknown engine gpu. Available: ort, /],
    [['--parts', 'speed'], /Unknown part speed. Available: networks, /],
    [['--limit', 'long'], /--limit must be a number of seconds, not long/],
    [['--fast'], /--fast/],
  ])('%j is wrong usage', async (args, message) => {
    const { status, output } = await engines(...args);
    expect(output).toMatch(message);
    expect(output).toContain('Usage: npm run engines');
    expect(status).toBe(2);
  });
});

describe('the documents', () => {
  it.each(DOCUMENTS)('$path has the tables of the results (npm run engines -- --render writes them)', (document) => {
    const text = readFileSync(document.path, 'utf8');
    expect(text).toBe(withTables(text, document, readResults(RESULTS_FILE)));
  });

  it('names a document without a place for tables', () => {
    expect(() => withTables('# Title', DOCUMENTS[0]!, readResults(RESULTS_FILE))).toThrow('has no place for engines');
  });
});

it('every check of the parity command is in one part, or left out with a reason', () => {
  const inParts = PARTS.flatMap(({ checks = [] }) => checks);
  expect([...inParts, ...LEFT_OUT].sort()).toEqual(CHECKS.map(({ name }) => name).sort());
});

describe('a cell', () => {
  it('has the largest difference for each limit and unit', () => {
    const cell = emptyCell(2);
    addItem(cell, { name: 'a' }, [
      { quantity: 'output', error: 1e-6, tolerance: 1e-5 },
      { quantity: 'gradient', error: 5e-5, tolerance: 1e-4 },
    ]);
    expect(holds(cell)).toBe(false);
    expect(shortText(cell)).toBe('1 of 2: 5.0e-5');
    addItem(cell, { name: 'b' }, [{ quantity: 'output', error: 3e-6, tolerance: 1e-5 }]);
    expect(holds(cell)).toBe(true);
    expect(cell.largest.map(({ quantity, error }) => [quantity, error])).toEqual([
      ['b: output', 3e-6],
      ['a: gradient', 5e-5],
    ]);
    expect(shortText(cell)).toBe('5.0e-5');
  });

  it('does not hold with a quantity beyond its limit, or that is not a number', () => {
    for (const error of [2e-5, NaN, Infinity]) {
      const cell = emptyCell(1);
      addItem(cell, { name: 'a' }, [
        { quantity: 'output', error, tolerance: 1e-5 },
        { quantity: 'other', error: 1e-7, tolerance: 1e-5 },
      ]);
      expect(cell.beyond).toBe(1);
      expect(holds(cell)).toBe(false);
      expect(shortText(cell)).toMatch(/^\*\*/);
      expect(remarkText(cell)).toContain('1 quantity beyond the limit**, the largest: a: output');
      // The results file is JSON.
      expect(shortText(JSON.parse(JSON.stringify(cell)) as Cell)).toBe(shortText(cell));
    }
  });
});

it('a resumed training that differs in one byte is found', () => {
  const trained = (last: number) => ({
    start: {},
    end: { 'network.weight': { shape: [2], data: new Float32Array([1, last]) } },
    values: '{"step":4}',
    stats: [],
  });
  const errors = (other: ReturnType<typeof trained>) => compareBytes(other, trained(2)).map(({ error }) => error);
  expect(errors(trained(2))).toEqual([0, 0]);
  const [streams, weight] = errors(trained(2 + 2 ** -22));
  expect(streams).toBe(0);
  expect(weight).toBeGreaterThan(0);
  expect(errors({ ...trained(2), end: {} as never })).toEqual([0, 8]);
  expect(errors({ ...trained(2), values: '{"step":5}' })).toEqual([1, 0]);
});

it('a results file that is damaged is named', () => {
  const path = join(folder, 'damaged.json');
  writeFileSync(path, '{');
  expect(() => readResults(path)).toThrow(path);
  expect((readResults(join(folder, 'none.json')) satisfies Results).engines).toEqual({});
});
