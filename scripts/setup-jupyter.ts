/**
 * Makes the virtual environment of Python that runs the notebook with a kernel of Jupyter, from PyPI: for a nightly test.
 *
 *   npm run setup:jupyter
 *   npm run setup:jupyter -- --optional    exits with 0 if it cannot be made; the test is skipped then
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { interpreterIn } from '../test-support/python-environment.js';
import { JUPYTER_REQUIREMENTS, jupyterEnvironment } from '../test-support/jupyter.js';
import { makeEnvironment, NotInstalled } from './python/make-environment.js';

const CHECK = "import jupyter_client, nbclient; print('nbclient', nbclient.__version__)";

const { optional } = parseArgs({ options: { optional: { type: 'boolean', default: false } } }).values;
const folder = jupyterEnvironment();
try {
  if (!existsSync(interpreterIn(folder))) makeEnvironment(folder, [JUPYTER_REQUIREMENTS], CHECK);
  console.log(`Installed: ${folder}`);
} catch (error) {
  if (!(error instanceof NotInstalled)) throw error;
  console.log(`Not installed: nbclient, which runs notebooks: ${error.message}`);
  if (!optional) process.exitCode = 1;
}
