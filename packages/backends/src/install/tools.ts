import { delimiter, join } from 'node:path';
import { accessSync, constants } from 'node:fs';
import { BackendError } from '../backend-error.js';
import { runCommand } from './run-command.js';

/** A program of this machine. */
export interface Tool {
  command: string;
  /** The first line of its `--version`. */
  version: string;
}

/**
 * The C++ compiler: the one that CXX names, g++ or clang++.
 *
 * @throws BackendError if there is none
 */
export async function findCompiler(): Promise<Tool> {
  const named = process.env.CXX;
  const command = (named ? [named] : ['g++', 'clang++']).find(isOnPath);
  if (command === undefined) {
    const missing = named ? `CXX names ${named}, which is not here` : 'there is neither g++ nor clang++';
    throw new BackendError(
      `TensorFlow's binding has to be compiled, and ${missing}. ` +
        "Install a compiler ('apt-get install g++', 'dnf install gcc-c++', 'xcode-select --install') or name one with CXX.",
    );
  }
  return { command, version: (await runCommand(command, ['--version'])).split('\n')[0]!.trim() };
}

/** @throws BackendError if there is no npm */
export async function findNpm(): Promise<Tool> {
  if (!isOnPath('npm')) {
    throw new BackendError("npm is needed and not on the PATH. It comes with Node (on Debian: 'apt-get install npm').");
  }
  // Warnings about the user's settings come before it.
  return { command: 'npm', version: `npm ${(await runCommand('npm', ['--version'])).trim().split('\n').at(-1)}` };
}

function isOnPath(command: string): boolean {
  if (command.includes('/')) return isExecutable(command);
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, command)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
