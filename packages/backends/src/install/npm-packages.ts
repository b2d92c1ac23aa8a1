import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackendError } from '../backend-error.js';
import { runCommand } from './run-command.js';

/**
 * Installs npm packages into a folder of their own, without running their install scripts.
 *
 * @param dependencies versions by name
 * @param overrides what stands in for dependencies of these, as in `package.json`
 * @throws BackendError with npm's last lines
 */
export async function installPackages(
  folder: string,
  dependencies: Record<string, string>,
  overrides: Record<string, string>,
  signal?: AbortSignal,
): Promise<void> {
  await writeFile(
    join(folder, 'package.json'),
    `${JSON.stringify({ private: true, dependencies, overrides }, null, 2)}\n`,
  );
  const quiet = [
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--omit=optional',
    '--loglevel=error',
  ];
  try {
    await runCommand('npm', ['install', ...quiet], { cwd: folder, signal });
  } catch (error) {
    signal?.throwIfAborted();
    const names = Object.entries(dependencies).map(([name, version]) => `${name}@${version}`);
    throw new BackendError(
      `npm could not install ${names.join(' and ')}. Check the network and npm's registry (npm config get registry). ` +
        (error as Error).message,
      { cause: error },
    );
  }
}
