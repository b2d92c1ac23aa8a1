import { existsSync } from 'node:fs';
import { interpreterIn, pythonEnvironment } from './python-environment.js';

/** The packages that run a notebook with a kernel, with their versions. */
export const JUPYTER_REQUIREMENTS = new URL('../scripts/jupyter/requirements.txt', import.meta.url);

/** The environment that `npm run setup:jupyter` makes. */
export const jupyterEnvironment = (): string => pythonEnvironment('jupyter', [JUPYTER_REQUIREMENTS]);

/** Its interpreter; null if it is not there. */
export function jupyterPython(): string | null {
  const python = interpreterIn(jupyterEnvironment());
  return existsSync(python) ? python : null;
}
