/**
 * Writes the tables of docs/scale-out.md between their marks: what main.ts measured (results/scale-out.json), the model next to it, and
 * what the model computes for published settings.
 *
 *   npm run source -- benchmarks/scale-out/document.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { modelTable } from './check.js';
import { computedTables } from './compute.js';
import { measuredTable, type Measured } from './measured.js';

await tf.setBackend('cpu');
const measured = JSON.parse(readFileSync(new URL('../results/scale-out.json', import.meta.url), 'utf8')) as Measured;
const parts = { measured: measuredTable(measured), model: modelTable(measured.results), computed: computedTables() };
const page = new URL('../../docs/scale-out.md', import.meta.url);
let text = readFileSync(page, 'utf8');
for (const [name, content] of Object.entries(parts)) {
  const [begin, end] = [`<!-- ${name} -->\n`, `\n<!-- end of ${name} -->`];
  const [start, stop] = [text.indexOf(begin), text.indexOf(end)];
  if (start < 0 || stop < 0) throw new Error(`docs/scale-out.md has no marks ${begin.trim()} and ${end.trim()}.`);
  text = `${text.slice(0, start + begin.length)}\n${content}\n${text.slice(stop)}`;
}
writeFileSync(page, text);
