/** Writes the pages of the manual: part of `npm run build`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import packageJson from '../../package.json' with { type: 'json' };
import { createProgram } from '../program.js';
import { manPages } from './man-page.js';

const folder = new URL('../../dist/man/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const { file, text } of manPages(await createProgram([]), packageJson.version))
  writeFileSync(new URL(file, folder), text);
