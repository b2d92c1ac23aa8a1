import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Makes the tarball that npm would publish. @returns its path, and its size in bytes */
export function pack(folder: string, destination: string): { tarball: string; size: number } {
  const options = ['--json', '--ignore-scripts', '--pack-destination', destination];
  const output = execFileSync('npm', ['pack', ...options], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  const packed = JSON.parse(output.toString()) as Record<string, { filename: string; size: number }>;
  // npm 12 gives an object by package name, and older versions an array.
  const { filename, size } = Object.values(packed)[0]!;
  return { tarball: join(destination, filename), size };
}
