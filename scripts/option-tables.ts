/**
 * Writes the option tables of the methods' READMEs from the methods themselves, between `<!-- options NAME -->` and
 * `<!-- /options -->`: `npm run docs:options`. A test compares them.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Method } from '@onestep/diffusion-core';
import { describeDefault, flagName } from '../apps/cli/src/options/method-options.js';
import { METHODS } from 'onestep';

const PACKAGES = new URL('../packages/', import.meta.url);
const begin = (name: string) => `<!-- options ${name} -->`;
const END = '<!-- /options -->';

/** The README with a place for a method's options. @throws Error if there is none */
export function readmeOf({ name }: Method): string {
  const readme = readdirSync(PACKAGES)
    .map((folder) => fileURLToPath(new URL(`${folder}/README.md`, PACKAGES)))
    .find((path) => existsSync(path) && readFileSync(path, 'utf8').includes(begin(name)));
  if (readme !== undefined) return readme;
  throw new Error(`No package's README has a place for the options of ${name}: ${begin(name)} ... ${END}`);
}

/** A README with a method's option table as the method has it. */
export function withOptionTable(readme: string, method: Method): string {
  const start = readme.indexOf(begin(method.name)) + begin(method.name).length;
  return `${readme.slice(0, start)}\n\n${optionTable(method)}\n\n${readme.slice(readme.indexOf(END, start))}`;
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
