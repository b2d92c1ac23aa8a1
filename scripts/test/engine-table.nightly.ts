import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { holds, type Cell } from '../engine-table/cell.js';
import { readResults } from '../engine-table/results.js';
import { engines } from './support/engine-table-command.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'onestep-engine-table-'))));
afterAll(() => rmSync(folder, { recursive: true }));

it('keeps what a part has measured when its time is over', async () => {
  const results = join(folder, 'stopped.json');
  const { status } = await engines('--only', 'cpu', '--parts', 'memory', '--limit', '12', '--results', results);
  expect(status).toBe(0);
  const cell = readResults(results).engines.cpu!.cells.memory as Cell;
  expect(cell.done).toBeLessThan(1000);
  expect(cell.stopped).toMatch(/^stopped after 12 s/);
  expect(holds(cell)).toBe(false);
});
