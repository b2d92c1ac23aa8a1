import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, type PublishedPackage } from './published-packages.js';

export interface Packed {
  published: PublishedPackage;
  /** Path of the tarball. */
  tarball: string;
  /** Its size in bytes. */
  size: number;
}

/** Makes the tarballs that npm would publish, all by one start of npm. */
export function packAll(packages: readonly PublishedPackage[], destination: string): Packed[] {
  const options = ['--json', '--ignore-scripts', '--pack-destination', destination];
  const which = packages.map(({ folder }) => `--workspace=${folder}`);
  const output = execFileSync('npm', ['pack', ...options, ...which], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // npm 12 gives an object by package name, and older versions an array.
  const packed = Object.values(JSON.parse(output.toString()) as Record<string, NpmPacked>);
  return packages.map((published) => {
    const { filename, size } = packed.find(({ name }) => name === published.manifest.name)!;
    return { published, tarball: join(destination, filename), size };
  });
}

interface NpmPacked {
  name: string;
  filename: string;
  size: number;
}
