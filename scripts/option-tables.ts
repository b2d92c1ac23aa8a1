/**
 * Writes the option tables of the methods' READMEs from the methods themselves, between `<!-- options -->` and
 * `<!-- /options -->`: `npm run docs:options`. A package of several methods has `<!-- options NAME -->` for each but the one
 * with the package's name. A test compares them.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Method } from '@onestep/diffusion-core';
import { describeDefault, flagName } from '../apps/cli/src/options/method-options.js';
import { METHODS } from 'onestep';

const PACKAGES = new URL('../packages/', import.meta.url);
const END = '<!-- /options -->';

/** Begins the options of a method that shares its package with others. */
const beginOf = ({ name }: Method): string => `<!-- options ${name} -->`;
/** Begins the options of a method whose package has its name. */
const BEGIN = '<!-- options -->';

/** The README with a method's options: that of its package, which has its name or says which methods are in it. */
export function readmeOf(method: Method): string {
  const readmes = readdirSync(PACKAGES).map((folder) => fileURLToPath(new URL(`${folder}/README.md`, PACKAGES)));
  const own = fileURLToPath(new URL(`${method.name}/README.md`, PACKAGES));
  return readmes.find((path) => readFileSync(path, 'utf8').includes(beginOf(method))) ?? own;
}

/** A README with its option table as the method has it. @throws Error naming the README if it has no place for it */
export function withOptionTable(readme: string, method: Method): string {
  const marker = readme.includes(beginOf(method)) ? beginOf(method) : BEGIN;
  const begin = readme.indexOf(marker);
  const end = readme.indexOf(END, begin);
  if (begin === -1 || end === -1) throw new Error(`${readmeOf(method)} has no place for options: ${marker} ... ${END}`);
  return `${readme.slice(0, begin + marker.length)}\n\n${optionTable(method)}\n\n${readme.slice(end)}`;
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
