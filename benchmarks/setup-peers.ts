/**
 * Makes the virtual environment of Python with the benchmarks' peers: PyTorch, NumPy, SciPy, Pillow and safetensors, from PyPI,
 * with the versions of requirements.txt. Checks it, and prints its BLAS, its threads and its C++ compiler. It is kept outside of the
 * tree, and made once for each set of versions.
 *
 *   npm run setup:peers     in $ONESTEP_PYTHON_ENV, or in the user's cache folder
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { interpreterIn } from '../test-support/python-environment.js';
import { makeEnvironment, NotInstalled, run } from '../scripts/python/make-environment.js';
import { PEER_REQUIREMENTS, peerEnvironment } from './peer-python.js';

const folder = peerEnvironment();
try {
  if (!existsSync(interpreterIn(folder))) {
    console.log(`Downloading about 0.6 GB to ${folder}, 1.4 GB on disk.`);
    makeEnvironment(folder, PEER_REQUIREMENTS, 'import numpy, PIL.Image, scipy.linalg, torch');
  }
  const check = fileURLToPath(new URL('peers/check.py', import.meta.url));
  console.log(`Installed: ${folder}\n${run('Importing the packages', interpreterIn(folder), [check])}`);
} catch (error) {
  if (!(error instanceof NotInstalled)) throw error;
  console.error(`Not installed: the peers of the benchmarks: ${error.message}`);
  process.exitCode = 1;
}
