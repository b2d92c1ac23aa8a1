import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contentDigest } from 'onestep/node';

/** Packages of this program. */
const OWN = /^(@onestep\/|onestep$)/;

interface Package {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/**
 * Identifies the code of this program: the files of its packages, built ones in an installation and sources in a checkout, and the
 * versions of the packages that they depend on. It does not depend on the place of the files.
 *
 * @param module URL of a module of the program, built or source
 */
export async function programDigest(module = import.meta.url): Promise<string> {
  const file = fileURLToPath(module);
  const folder = file.endsWith('.ts') ? 'src' : 'dist';
  const hash = createHash('sha256');
  for (const [name, root] of [...findPackages(rootOf(file))].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { version } = readPackage(root);
    const code = join(root, folder);
    const contents = OWN.test(name) && existsSync(code) ? await contentDigest(code) : version;
    hash.update(`${name} ${contents}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** The package of a root folder, and those that it and its own packages depend on: folders by name. */
function findPackages(root: string): Map<string, string> {
  const found = new Map<string, string>([[readPackage(root).name, root]]);
  // A map is walked through to its last entry, also to those that are added on the way.
  for (const [name, folder] of found) {
    if (!OWN.test(name)) continue;
    const { dependencies, optionalDependencies, peerDependencies } = readPackage(folder);
    for (const other of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const place = found.has(other) ? undefined : findDependency(folder, other);
      if (place !== undefined) found.set(other, place);
    }
  }
  return found;
}

/** The folder of a dependency; undefined for an optional one that is not installed. */
function findDependency(from: string, name: string): string | undefined {
  const places = createRequire(join(from, 'package.json')).resolve.paths(name) ?? [];
  return places.map((place) => join(place, name)).find((folder) => existsSync(join(folder, 'package.json')));
}

function rootOf(file: string): string {
  const folder = dirname(file);
  return existsSync(join(folder, 'package.json')) || folder === file ? folder : rootOf(folder);
}

function readPackage(root: string): Package {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Package;
}
