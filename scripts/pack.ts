import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './published-packages.js';

/** What npm would publish of a package. */
export interface Packed {
  /** Path of the tarball. */
  tarball: string;
  /** Its size in bytes. */
  size: number;
}

/**
 * Makes the tarballs that npm would publish, all by one start of npm.
 *
 * @param folders of packages
 * @param destination folder of the tarballs
 * @returns one for each folder, in the same order
 */
export function packAll(folders: readonly string[], destination: string): Packed[] {
  const options = ['--json', '--ignore-scripts', '--pack-destination', destination];
  const output = execFileSync('npm', ['pack', ...options, ...folders], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26,
  });
  // npm 12 gives an object by package name, and older versions an array.
  const packed = Object.values(JSON.parse(output.toString()) as Record<string, NpmPacked>);
  return folders.map((folder) => {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string };
    const { filename, size } = packed.find(({ name }) => name === manifest.name)!;
    return { tarball: join(destination, filename), size };
  });
}

interface NpmPacked {
  name: string;
  filename: string;
  size: number;
}
