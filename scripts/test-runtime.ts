/**
 * Runs the tests of the packages that are the same everywhere in another program that runs JavaScript, which npm brings.
 *
 *   npm run test:bun [-- files and options of vitest]
 *   npm run test:deno [-- files and options of vitest]
 */
import { spawnSync } from 'node:child_process';
import { RUNTIMES, type RuntimeName } from '../test-support/runtimes.js';
import { installRuntime } from './runtimes/install-runtime.js';
import { LEFT_OUT, PORTABLE_PACKAGES } from './runtimes/left-out.js';

const [name, ...rest] = process.argv.slice(2) as [RuntimeName, ...string[]];
const chosen = rest.length > 0 ? rest : PORTABLE_PACKAGES.map((each) => `packages/${each}`);
const leftOut = rest.length > 0 ? [] : LEFT_OUT.filter(({ runtimes }) => runtimes.includes(name));
try {
  const program = installRuntime(name);
  console.log(`${name} ${RUNTIMES[name].version}`);
  for (const { file, why } of leftOut) console.log(`Left out: ${file}: ${why}`);
  const excluded = leftOut.flatMap(({ file }) => ['--exclude', file]);
  const args = [...RUNTIMES[name].args, 'node_modules/vitest/vitest.mjs', 'run', ...chosen, ...excluded];
  process.exitCode = spawnSync(program, args, { stdio: 'inherit' }).status ?? 1;
} catch (error) {
  console.error(`Not run: ${(error as Error).message}`);
  process.exitCode = 1;
}
