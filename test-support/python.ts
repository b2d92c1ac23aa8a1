import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { interpreterIn, pythonEnvironment } from './python-environment.js';

/**
 * Finds a Python interpreter that has a package: the one that ONESTEP_PYTHON names, that of `npm run setup:python`, or the one on
 * the path. Null if none has it; the test is skipped then.
 *
 * @param name what is imported, such as `torch` or `PIL`
 * @throws Error if ONESTEP_PYTHON names a file that does not exist
 */
export function pythonWith(name: string): string | null {
  // Importing PyTorch takes seconds.
  const program = `import importlib.util, sys; sys.exit(importlib.util.find_spec('${name}') is None)`;
  return interpreters().find((python) => spawnSync(python, ['-c', program]).status === 0) ?? null;
}

function interpreters(): string[] {
  const named = process.env.ONESTEP_PYTHON;
  if (named) {
    if (!existsSync(named))
      throw new Error(`ONESTEP_PYTHON is '${named}', which does not exist. Expected an interpreter.`);
    return [named];
  }
  return [interpreterIn(pythonEnvironment()), 'python3', '/usr/bin/python3'];
}
