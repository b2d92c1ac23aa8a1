import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findRuntime, runtimeFolder, RUNTIMES, type RuntimeName } from '../../test-support/runtimes.js';

/**
 * Installs a runtime, under another name at first, so that it is complete where it has its own.
 *
 * @returns the path of its program
 * @throws Error with npm's last lines if it cannot be installed, or does not start
 */
export function installRuntime(name: RuntimeName): string {
  const folder = runtimeFolder(name);
  const found = findRuntime(name);
  if (found !== null) return found;
  const partial = `${folder}.${process.pid}.partial`;
  try {
    mkdirSync(partial, { recursive: true });
    writeFileSync(join(partial, 'package.json'), JSON.stringify({ private: true }));
    const wanted = `${name}@${RUNTIMES[name].version}`;
    // Its script would put the program in another place; the package of the platform has it.
    run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', partial, wanted], partial);
    const program = findRuntime(name, partial);
    if (program === null) throw new Error(`${wanted} has no program for ${process.platform} on ${process.arch}`);
    run(program, ['--version'], partial);
    // Another process may have been faster.
    if (!existsSync(folder)) renameSync(partial, folder);
    return findRuntime(name)!;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  throw new Error(error?.message ?? `${stdout}\n${stderr}`.trim().split('\n').slice(-4).join('\n  '));
}
