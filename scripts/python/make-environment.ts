import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { interpreterIn } from '../../test-support/python-environment.js';

/** The reason why the environment cannot be made. */
export class NotInstalled extends Error {}

const WITHOUT_CUDA = fileURLToPath(new URL('without_cuda.py', import.meta.url));

/**
 * Makes a virtual environment of Python, under another name at first, so that it is complete where it has its own.
 *
 * @param folder where it is made
 * @param requirements files of requirements with all packages and their versions: what they depend on is not installed
 * @param check a program that imports the packages and prints their versions
 * @returns what the program printed
 * @throws NotInstalled with the command that failed and its last lines
 */
export function makeEnvironment(folder: string, requirements: readonly URL[], check: string): string {
  const python = ['python3', 'python'].find((name) => spawnSync(name, ['-c', 'import venv, ensurepip']).status === 0);
  if (python === undefined) {
    throw new NotInstalled('there is no python3 with venv and pip on the path (Debian: apt-get install python3-venv).');
  }
  const partial = `${folder}.${process.pid}.partial`;
  try {
    mkdirSync(dirname(folder), { recursive: true });
    run('Making the virtual environment', python, ['-m', 'venv', partial]);
    const interpreter = interpreterIn(partial);
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile', '--only-binary', ':all:'];
    const files = requirements.flatMap((file) => ['--requirement', fileURLToPath(file)]);
    run('Installing from PyPI', interpreter, [...pip, ...files]);
    run('Replacing the CUDA libraries', interpreter, [WITHOUT_CUDA]);
    const found = run('Importing the packages', interpreter, ['-c', check]);
    // Another process may have been faster.
    if (!existsSync(folder)) renameSync(partial, folder);
    return found;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Runs a command and returns its output. @throws NotInstalled with what it printed, if it fails */
export function run(what: string, command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return stdout.trim();
  const reason = error?.message ?? `${stdout}\n${stderr}`.trim().split('\n').slice(-6).join('\n  ');
  throw new NotInstalled(`${what} failed:\n  ${reason}`);
}
