import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { saveResult } from '../save-result.js';
import { bootFigures, bootTables } from './boot-report.js';
import { drawFigure } from '../figure.js';
import { writeTables } from '../markdown.js';
import { Results } from './results.js';
import type { Settings } from './settings.js';
import { sidFigures, sidTables } from './sid-report.js';

const DOCS = new URL('../../docs/', import.meta.url);

/** Writes results/boot.json, and the tables and figures of the documents about it. */
export async function writeReport(settings: Settings): Promise<void> {
  const results = new Results(settings, settings.seeds);
  saveResult('boot', 'benchmarks/boot/main.ts', {}, results.toJson());
  const saved = fileURLToPath(new URL('../results/boot.json', import.meta.url));
  const style = { ...(await resolveConfig(saved)), filepath: saved };
  writeFileSync(saved, await format(readFileSync(saved, 'utf8'), style));
  const folder = new URL('boot-questions/', DOCS);
  mkdirSync(folder, { recursive: true });
  for (const [name, figure] of new Map([...bootFigures(results), ...sidFigures(results)])) {
    writeFileSync(new URL(`${name}.svg`, folder), drawFigure(figure));
  }
  const documents = { 'boot-questions.md': bootTables(results), 'sid-alpha.md': sidTables(results) };
  for (const [name, tables] of Object.entries(documents)) {
    const missing = writeTables(new URL(name, DOCS), tables);
    if (missing.length > 0) console.error(`${name} has no place for ${missing.join(', ')}.`);
  }
}
