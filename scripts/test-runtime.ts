/**
 * Runs the tests of the packages that are the same everywhere in another program that runs JavaScript, which npm brings.
 *
 *   npm run test:bun [-- files and options of vitest]
 *   npm run test:deno [-- files and options of vitest]
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { RUNTIMES, type RuntimeName } from '../test-support/runtimes.js';
import { installRuntime } from './runtimes/install-runtime.js';
import { LEFT_OUT, PORTABLE_PACKAGES } from './runtimes/left-out.js';

const [name, ...rest] = process.argv.slice(2) as [RuntimeName, ...string[]];
const leftOut = rest.length > 0 ? [] : LEFT_OUT.filter(({ runtimes }) => runtimes.includes(name));
const isLeftOut = (file: string) => leftOut.some((each) => each.file === file);
// By name: Vitest does not pass `--exclude` on to the groups of files that its configuration has.
const chosen = rest.length > 0 ? rest : PORTABLE_PACKAGES.flatMap(testFiles).filter((file) => !isLeftOut(file));
try {
  const program = installRuntime(name);
  console.log(`${name} ${RUNTIMES[name].version}`);
  for (const { file, why } of leftOut) console.log(`Left out: ${file}: ${why}`);
  const args = [...RUNTIMES[name].args, 'node_modules/vitest/vitest.mjs', 'run', ...chosen];
  process.exitCode = spawnSync(program, args, { stdio: 'inherit' }).status ?? 1;
} catch (error) {
  console.error(`Not run: ${(error as Error).message}`);
  process.exitCode = 1;
}

function testFiles(name: string): string[] {
  const folder = `packages/${name}/test`;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'));
  return files.map((file) => `${folder}/${file.replaceAll('\\', '/')}`);
}
