/**
 * Makes the virtual environment of Python with which the tests compare: PyTorch, NumPy, Pillow, onnx and the reader of TensorBoard, from PyPI. It is kept
 * outside of the tree, and made once for each set of versions.
 *
 *   npm run setup:python                  in $ONESTEP_PYTHON_ENV, or in the user's cache folder
 *   npm run setup:python -- --optional    exits with 0 if it cannot be made; the tests that need it are skipped then
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { interpreterIn, pythonEnvironment, REQUIREMENTS } from '../test-support/python-environment.js';

/** The reason why the environment cannot be made. */
class NotInstalled extends Error {}

const WITHOUT_CUDA = fileURLToPath(new URL('python/without_cuda.py', import.meta.url));
/** Imports everything, and multiplies. */
const CHECK = `
import numpy, onnx, PIL.Image, tensorboard, torch
assert (torch.ones(2, 3) @ torch.ones(3, 2)).sum() == 12
print('Python', '.'.join(map(str, __import__('sys').version_info[:3])), *(f'{m.__name__} {m.__version__}' for m in (torch, numpy, PIL, onnx)), sep=', ')
`;

/** Runs a command and returns its output. @throws NotInstalled with what it printed, if it fails */
function run(what: string, command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return stdout.trim();
  const reason = error?.message ?? `${stdout}\n${stderr}`.trim().split('\n').slice(-6).join('\n  ');
  throw new NotInstalled(`${what} failed:\n  ${reason}`);
}

/** Makes the environment under another name, so that it is complete where it has its own. */
function make(folder: string): string {
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
    run('Installing from PyPI', interpreter, [...pip, '--requirement', fileURLToPath(REQUIREMENTS)]);
    run('Replacing the CUDA libraries', interpreter, [WITHOUT_CUDA]);
    const found = run('Importing the packages', interpreter, ['-c', CHECK]);
    // Another process may have been faster.
    if (!existsSync(folder)) renameSync(partial, folder);
    return found;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

const { optional } = parseArgs({ options: { optional: { type: 'boolean', default: false } } }).values;
const folder = pythonEnvironment();
try {
  if (existsSync(interpreterIn(folder))) console.log(`Installed: ${folder}`);
  else console.log(`Installed: ${folder} (${make(folder)})`);
} catch (error) {
  if (!(error instanceof NotInstalled)) throw error;
  console.log(`Not installed: Python with PyTorch, NumPy, Pillow and onnx: ${error.message}`);
  if (!optional) process.exitCode = 1;
}
