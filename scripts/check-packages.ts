/**
 * Packs every package and checks what a user would install: exports, types and files (publint, are-the-types-wrong), and that
 * it declares what it imports.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pack } from './pack.js';
import { publishedPackages, ROOT, type PublishedPackage } from './published-packages.js';
import { undeclaredImports } from './undeclared-imports.js';

const CHECKS = [
  ['publint', '--strict'],
  ['attw', '--profile', 'esm-only', '--no-emoji', '--format', 'ascii'],
] as const;

const run = promisify(execFile);
const destination = mkdtempSync(join(tmpdir(), 'onestep-pack-'));

async function check(published: PublishedPackage): Promise<void> {
  const { folder } = published;
  const undeclared = undeclaredImports(published);
  if (undeclared.length > 0) {
    console.error(`${folder}/package.json does not declare ${undeclared.join(', ')}: add them to "dependencies".`);
    process.exitCode = 1;
  }
  const { tarball, size } = pack(join(ROOT, folder), destination);
  for (const [tool, ...options] of CHECKS) {
    try {
      await run(join(ROOT, 'node_modules', '.bin', tool), [tarball, ...options], { cwd: ROOT });
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      console.error(`${folder}: ${tool} found\n${stdout}${stderr}`);
      process.exitCode = 1;
    }
  }
  console.log(`${folder}: ${(size / 1e6).toFixed(2)} MB`);
}

try {
  // One package for each core at a time.
  const left = publishedPackages().values();
  const checkNext = async () => {
    for (const published of left) await check(published);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, checkNext));
} finally {
  rmSync(destination, { recursive: true });
}
