/**
 * Installs another program that runs JavaScript, from npm, into the user's cache folder: it is needed for `npm run test:bun`, `npm run
 * test:deno`, and to run the notebook.
 *
 *   npm run setup:runtime -- bun|deno
 *   npm run setup:runtime -- deno --optional    exits with 0 if it cannot be installed
 */
import { parseArgs } from 'node:util';
import { RUNTIMES, type RuntimeName } from '../test-support/runtimes.js';
import { installRuntime } from './runtimes/install-runtime.js';

const { values, positionals } = parseArgs({
  options: { optional: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [name] = positionals;
if (name === undefined || !Object.hasOwn(RUNTIMES, name)) {
  console.error(`Say which one: npm run setup:runtime -- ${Object.keys(RUNTIMES).join('|')}`);
  process.exitCode = 2;
} else {
  try {
    console.log(`Installed: ${installRuntime(name as RuntimeName)}`);
  } catch (error) {
    console.log(`Not installed: ${name}: ${(error as Error).message}`);
    if (!values.optional) process.exitCode = 1;
  }
}
