/**
 * Writes the folder that a container runs: the built packages as npm would install them, with ONNX Runtime for this platform only.
 *
 *   npm run build && npm run container:files -- FOLDER
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packAll } from '../pack.js';
import { isThisMachine, PLATFORMS } from '../platform-packages/platforms.js';
import { writeMainPackage, writePlatformPackage } from '../platform-packages/write-packages.js';
import { publishedPackages, ROOT } from '../published-packages.js';

const [folder] = process.argv.slice(2);
if (folder === undefined || existsSync(join(folder, 'package.json'))) {
  console.error('Name a new folder: npm run container:files -- FOLDER');
  process.exit(2);
}
const temporary = mkdtempSync(join(tmpdir(), 'onestep-container-'));
try {
  const runtime = PLATFORMS.filter(isThisMachine).map((platform) => writePlatformPackage(temporary, platform));
  const own = publishedPackages().map((each) => join(ROOT, each.folder));
  const folders = [...own, ...runtime, writeMainPackage(temporary)];
  const tarballs = packAll(folders, temporary).map(({ tarball }) => tarball);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }));
  const options = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--no-save'];
  execFileSync('npm', ['install', ...options, ...tarballs], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
} finally {
  rmSync(temporary, { recursive: true });
}
