import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RECORD = fileURLToPath(new URL('checksums.json', import.meta.url));

/** Where `npm ci` puts onnxruntime-node: the override in the root package.json gives it this name. */
const INSTALLED = 'node_modules/@onestep/onnxruntime';
/** The folders whose files are packaged; the others are its sources and install script. */
const PACKAGED = ['bin', 'dist'];

/** The files of one version of onnxruntime-node. */
export interface Checksums {
  version: string;
  /** Of the registry's tarball, as package-lock.json has it. */
  integrity: string;
  /** SHA-256 in hexadecimal, by path in the package. */
  files: Record<string, string>;
}

/** The recorded checksums, which are under version control. */
export function recordedChecksums(): Checksums {
  return JSON.parse(readFileSync(RECORD, 'utf8')) as Checksums;
}

/** Records the installed files, after an upgrade: `npm ci` has checked them against the lockfile. */
export function recordChecksums(): void {
  const { version, integrity } = installedPackage();
  const paths = PACKAGED.flatMap((folder) =>
    readdirSync(join(ROOT, INSTALLED, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(ROOT, INSTALLED).length + 1)),
  );
  const files = Object.fromEntries(paths.sort().map((path) => [path, sha256(readFileSync(installedFile(path)))]));
  writeFileSync(RECORD, `${JSON.stringify({ version, integrity, files }, null, 2)}\n`);
}

/**
 * A file of onnxruntime-node as it was recorded.
 *
 * @throws if it is missing, or is not the file that was recorded
 */
export function upstreamFile(path: string, { version, files }: Checksums): Buffer {
  const advice =
    'Run npm ci. After an upgrade of onnxruntime-node, record its files first: npm run platform-packages -- --record';
  if (installedPackage().version !== version) {
    throw new Error(`${INSTALLED} has version ${installedPackage().version}, and ${version} was recorded. ${advice}`);
  }
  if (!existsSync(installedFile(path))) throw new Error(`${installedFile(path)} does not exist. ${advice}`);
  const contents = readFileSync(installedFile(path));
  if (sha256(contents) !== files[path]) {
    throw new Error(`${installedFile(path)} is not the file that was recorded for ${version}. ${advice}`);
  }
  return contents;
}

export const sha256 = (contents: Buffer | string): string => createHash('sha256').update(contents).digest('hex');

const installedFile = (path: string) => join(ROOT, INSTALLED, path);

/** @throws if something other than onnxruntime-node is installed under the name */
function installedPackage(): { version: string; integrity: string } {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { name?: string; version: string; integrity: string }>;
  };
  const { name, version } = JSON.parse(readFileSync(installedFile('package.json'), 'utf8')) as Record<string, string>;
  const locked = lock.packages[INSTALLED];
  if (name !== 'onnxruntime-node' || locked?.version !== version) {
    throw new Error(`${INSTALLED} is ${name} ${version}, not the onnxruntime-node of package-lock.json. Run npm ci.`);
  }
  return { version: locked!.version, integrity: locked!.integrity };
}
