/**
 * Packs every package and checks what a user would install: exports, types and files (publint, are-the-types-wrong), and that
 * it declares what it imports.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from './pack.js';
import { publishedPackages, ROOT } from './published-packages.js';
import { undeclaredImports } from './undeclared-imports.js';

const CHECKS = [
  ['publint', '--strict'],
  ['attw', '--profile', 'esm-only', '--no-emoji', '--format', 'ascii'],
] as const;

const destination = mkdtempSync(join(tmpdir(), 'onestep-pack-'));
try {
  for (const published of publishedPackages()) {
    const { folder } = published;
    const undeclared = undeclaredImports(published);
    if (undeclared.length > 0) {
      console.error(`${folder}/package.json does not declare ${undeclared.join(', ')}: add them to "dependencies".`);
      process.exitCode = 1;
    }
    const { tarball, size } = pack(join(ROOT, folder), destination);
    for (const [tool, ...options] of CHECKS) {
      try {
        execFileSync('npx', ['--no-install', tool, tarball, ...options], { cwd: ROOT, stdio: 'pipe' });
      } catch (error) {
        const { stdout, stderr } = error as { stdout: Buffer; stderr: Buffer };
        console.error(`${folder}: ${tool} found\n${stdout.toString()}${stderr.toString()}`);
        process.exitCode = 1;
      }
    }
    console.log(`${folder}: ${(size / 1e6).toFixed(2)} MB`);
  }
} finally {
  rmSync(destination, { recursive: true });
}
