// Packs every package and checks what a user would install: exports, types and files (publint, are-the-types-wrong).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = ['packages', 'apps']
  .flatMap((parent) => readdirSync(parent).map((name) => join(parent, name)))
  // What is private is not published.
  .filter((folder) => !JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).private);
const out = mkdtempSync(join(tmpdir(), 'onestep-pack-'));
let failed = 0;
for (const folder of folders) {
  const packed = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  const { filename, size } = Array.isArray(packed) ? packed[0] : Object.values(packed)[0];
  const tarball = join(out, filename);
  for (const [tool, ...args] of [
    ['publint', '--strict', tarball],
    ['attw', tarball, '--profile', 'esm-only', '--no-emoji', '--format', 'ascii'],
  ]) {
    try {
      execFileSync('npx', ['--no-install', tool, ...args], { stdio: 'pipe' });
    } catch (error) {
      failed += 1;
      console.error(`${folder}: ${tool} found\n${error.stdout}${error.stderr}`);
    }
  }
  console.log(`${folder}: ${filename}, ${(size / 1e6).toFixed(2)} MB`);
}
rmSync(out, { recursive: true });
if (failed > 0) process.exit(1);
