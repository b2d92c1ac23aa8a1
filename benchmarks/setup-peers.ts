/**
 * Makes the virtual environment of Python with the benchmarks' peers: PyTorch, NumPy, SciPy, Pillow and safetensors, from PyPI,
 * with the versions of requirements.txt. Checks it, and prints its BLAS, its threads and its C++ compiler. It is kept outside of the
 * tree, and made once for each set of versions.
 *
 *   npm run setup:peers             in $ONESTEP_PYTHON_ENV, or in the user's cache folder
 *   npm run setup:peers -- --jax    and another one with JAX, a further peer of train-step/compare.ts
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { interpreterIn } from '../test-support/python-environment.js';
import { makeEnvironment, NotInstalled, run } from '../scripts/python/make-environment.js';
import { JAX_REQUIREMENTS, jaxEnvironment, PEER_REQUIREMENTS, peerEnvironment } from './peer-python.js';

const IMPORT_JAX = "import jax; print('JAX', jax.__version__, jax.devices())";

const { jax } = parseArgs({ options: { jax: { type: 'boolean', default: false } } }).values;
try {
  setupPyTorch(peerEnvironment());
  if (jax) setupJax(jaxEnvironment());
} catch (error) {
  if (!(error instanceof NotInstalled)) throw error;
  console.error(`Not installed: the peers of the benchmarks: ${error.message}`);
  process.exitCode = 1;
}

function setupPyTorch(folder: string): void {
  if (!existsSync(interpreterIn(folder))) {
    console.log(`Downloading about 0.6 GB to ${folder}, 1.4 GB on disk.`);
    makeEnvironment(folder, PEER_REQUIREMENTS, 'import numpy, PIL.Image, scipy.linalg, torch');
  }
  const check = fileURLToPath(new URL('peers/check.py', import.meta.url));
  console.log(`Installed: ${folder}\n${run('Importing the packages', interpreterIn(folder), [check])}`);
}

function setupJax(folder: string): void {
  if (!existsSync(interpreterIn(folder))) {
    console.log(`Downloading about 0.15 GB to ${folder}, 0.6 GB on disk.`);
    makeEnvironment(folder, JAX_REQUIREMENTS, IMPORT_JAX);
  }
  console.log(`Installed: ${folder}\n${run('Importing JAX', interpreterIn(folder), ['-c', IMPORT_JAX])}`);
}
