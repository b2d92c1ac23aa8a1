/**
 * Publishes everything that npm's registry does not have yet: ONNX Runtime's packages first, since the others depend on
 * them, then the packages of this repository by changesets.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PLATFORMS } from '../platform-packages/platforms.js';
import { writeMainPackage, writePlatformPackage } from '../platform-packages/write-packages.js';
import { readManifest, ROOT } from '../published-packages.js';

function isPublished({ name, version }: { name: string; version: string }): boolean {
  // Fails for a package that does not exist, and prints nothing for a version that does not exist.
  const { stdout } = spawnSync('npm', ['view', `${name}@${version}`, 'version'], { encoding: 'utf8' });
  return stdout.trim() === version;
}

const folder = mkdtempSync(join(tmpdir(), 'onestep-release-'));
try {
  const platforms = PLATFORMS.map((platform) => writePlatformPackage(folder, platform));
  for (const written of [...platforms, writeMainPackage(folder)]) {
    const manifest = readManifest(written);
    if (isPublished(manifest)) continue;
    console.log(`Publishing ${manifest.name}@${manifest.version}`);
    execFileSync('npm', ['publish'], { cwd: written, stdio: ['inherit', 'ignore', 'inherit'] });
  }
} finally {
  rmSync(folder, { recursive: true });
}
execFileSync('npx', ['--no-install', 'changeset', 'publish'], { cwd: ROOT, stdio: 'inherit' });
