import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { isMissing } from '../src/optional-package.js';

const ABSENT = '@onestep/absent';

/** The error of a program in a new Node, which nothing transforms. */
async function errorInNode(load: string): Promise<unknown> {
  const program = `${load}.catch(({ code, message }) => console.log(JSON.stringify({ code, message })))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  const { code, message } = JSON.parse(stdout) as { code: string; message: string };
  return Object.assign(new Error(message), { code });
}

it.each([
  ['an ES module', `import('${ABSENT}')`],
  ['CommonJS', `import('node:module').then(({ createRequire }) => createRequire('/x.js')('${ABSENT}'))`],
])('recognizes a missing package in Node, from %s', async (_, load) => {
  const error = await errorInNode(load);
  expect(isMissing(error, ABSENT)).toBe(true);
  expect(isMissing(error, '@onestep/other')).toBe(false);
});

it('recognizes a missing package where vite resolves imports', async () => {
  const computed: string = ABSENT;
  const error = await import(computed).catch((error: unknown) => error);
  expect(isMissing(error, ABSENT)).toBe(true);
});

it.each([
  'Could not resolve "X" imported by "@onestep/backends". Is it installed?',
  'Failed to resolve import "X" from "src/main.ts". Does the file exist?',
  'Failed to load url X (resolved id: X) in /src/main.ts. Does the file exist?',
  "Failed to resolve module specifier 'X'",
  'Failed to resolve module specifier "X". Relative references must start with either "/", "./", or "../".',
  'The specifier “X” was a bare specifier, but was not remapped to anything.',
  "Module name, 'X' does not resolve to a valid URL.",
])('recognizes a missing package by the words of bundlers and browsers: %s', (message) => {
  const named = (name: string) => new TypeError(message.replaceAll('X', name));
  expect(isMissing(named(ABSENT), ABSENT)).toBe(true);
  expect(isMissing(named(`${ABSENT}-gpu`), ABSENT)).toBe(false);
});

it.each([
  `Cannot find package 'tslib' imported from /app/node_modules/${ABSENT}/dist/index.js`,
  `Cannot find module 'tslib'\nRequire stack:\n- /app/node_modules/${ABSENT}/index.js`,
  `Could not resolve "tslib" imported by "${ABSENT}". Is it installed?`,
  `Cannot find package '/app/node_modules/${ABSENT}/package.json' imported from /app/main.js`,
  'libtensorflow.so.2: cannot open shared object file: No such file or directory',
])('does not take a damaged package for a missing one: %s', (message) => {
  expect(isMissing(new Error(message), ABSENT)).toBe(false);
});
