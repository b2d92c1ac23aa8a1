import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renderSummary, renderTested } from './render.js';
import type { Results } from './results.js';

const BEGIN = '<!-- engines -->';
const END = '<!-- /engines -->';

/** A document with tables of engines, between two markers. */
export interface EngineDocument {
  path: string;
  render(results: Results): string;
}

export const DOCUMENTS: readonly EngineDocument[] = [
  { path: fileURLToPath(new URL('../../docs/engine/tested.md', import.meta.url)), render: renderTested },
  { path: fileURLToPath(new URL('../../README.md', import.meta.url)), render: renderSummary },
];

/** A document with its tables as the results have them. @throws Error naming the document if it has no place for them */
export function withTables(text: string, { path, render }: EngineDocument, results: Results): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`${path} has no place for engines: ${BEGIN} ... ${END}`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${render(results)}\n\n${text.slice(end)}`;
}

/** Writes the tables into all documents. */
export function writeDocuments(results: Results): void {
  for (const document of DOCUMENTS) {
    writeFileSync(document.path, withTables(readFileSync(document.path, 'utf8'), document, results));
  }
}
