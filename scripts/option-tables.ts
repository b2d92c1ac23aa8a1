/**
 * Writes the option tables of the methods' READMEs from the methods themselves, between `<!-- options -->` and
 * `<!-- /options -->`: `npm run docs:options`. A test compares them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Method } from '@onestep/diffusion-core';
import { describeDefault, flagName } from '../apps/cli/src/options/method-options.js';
import { METHODS } from 'onestep';

const BEGIN = '<!-- options -->';
const END = '<!-- /options -->';

/** The README of a method's package. */
export function readmeOf({ name }: Method): string {
  return fileURLToPath(new URL(`../packages/${name}/README.md`, import.meta.url));
}

/** A README with its option table as the method has it. @throws Error naming the README if it has no place for it */
export function withOptionTable(readme: string, method: Method): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`${readmeOf(method)} has no place for options: ${BEGIN} ... ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${optionTable(method)}\n\n${readme.slice(end)}`;
}

function optionTable({ options }: Method): string {
  const rows = Object.entries(options).map(([name, row]) => {
    const flag = row.flag === false ? '' : `\`${flagName(name, row)}\``;
    const unit = row.flag === false || row.flag?.unit === undefined ? '' : `, ${row.flag.unit}`;
    const value: unknown = row.default;
    const text = value === null ? (row.unset ?? 'none') : typeof value === 'function' ? 'as published' : String(value);
    const typed = row.flag === false ? text : describeDefault(row).replace(/;.*/, '');
    const defaults = text === typed || value === null ? text : `${text} (\`${typed}\`${unit})`;
    return `| \`${name}\` | ${flag} | ${defaults} | ${row.help} |`;
  });
  return ['| option | command line | default | |', '|---|---|---|---|', ...rows].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const method of METHODS) {
    const path = readmeOf(method);
    writeFileSync(path, withOptionTable(readFileSync(path, 'utf8'), method));
  }
}
