/**
 * Makes the virtual environment of Python with which the tests compare: PyTorch, NumPy, Pillow, onnx and the reader of TensorBoard, from PyPI. It is kept
 * outside of the tree, and made once for each set of versions.
 *
 *   npm run setup:python                  in $ONESTEP_PYTHON_ENV, or in the user's cache folder
 *   npm run setup:python -- --optional    exits with 0 if it cannot be made; the tests that need it are skipped then
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { interpreterIn, pythonEnvironment, REQUIREMENTS } from '../test-support/python-environment.js';
import { makeEnvironment, NotInstalled } from './python/make-environment.js';

/** Imports everything, and multiplies. */
const CHECK = `
import numpy, onnx, PIL.Image, tensorboard, torch
assert (torch.ones(2, 3) @ torch.ones(3, 2)).sum() == 12
print('Python', '.'.join(map(str, __import__('sys').version_info[:3])), *(f'{m.__name__} {m.__version__}' for m in (torch, numpy, PIL, onnx)), sep=', ')
`;

const { optional } = parseArgs({ options: { optional: { type: 'boolean', default: false } } }).values;
const folder = pythonEnvironment();
try {
  if (existsSync(interpreterIn(folder))) console.log(`Installed: ${folder}`);
  else console.log(`Installed: ${folder} (${makeEnvironment(folder, [REQUIREMENTS], CHECK)})`);
} catch (error) {
  if (!(error instanceof NotInstalled)) throw error;
  console.log(`Not installed: Python with PyTorch, NumPy, Pillow and onnx: ${error.message}`);
  if (!optional) process.exitCode = 1;
}
