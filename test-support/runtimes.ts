import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Other programs that run JavaScript, which npm brings. */
export interface Runtime {
  /** The package, and its version. */
  version: string;
  /** The scope of the packages with the binaries, one for each platform. */
  scope: string;
  /** The binary in such a package. */
  binary: readonly string[];
  /** Arguments before a program of this repository, which reads the sources. */
  args: readonly string[];
}

export const RUNTIMES = {
  bun: { version: '1.4.4', scope: '@oven', binary: ['bin', 'bun'], args: ['--bun', '--conditions=@onestep/source'] },
  deno: { version: '2.9.6', scope: '@deno', binary: ['deno'], args: ['run', '-A', '--no-check', '--conditions=@onestep/source'] },
} as const satisfies Record<string, Runtime>; // prettier-ignore

export type RuntimeName = keyof typeof RUNTIMES;

/** The folder where `npm run setup:runtime` installs a runtime: in the user's cache folder, for each version another. */
export function runtimeFolder(name: RuntimeName): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'onestep', 'runtimes', `${name}-${RUNTIMES[name].version}`);
}

/** The program of a runtime in such a folder; null if it is not installed. */
export function findRuntime(name: RuntimeName, folder = runtimeFolder(name)): string | null {
  const { scope, binary } = RUNTIMES[name];
  const packages = join(folder, 'node_modules', scope);
  const ending = process.platform === 'win32' ? '.exe' : '';
  try {
    const [platform] = readdirSync(packages).sort();
    return platform === undefined ? null : `${join(packages, platform, ...binary)}${ending}`;
  } catch {
    return null;
  }
}
