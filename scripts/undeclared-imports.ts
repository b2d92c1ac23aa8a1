import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT, type PublishedPackage } from './published-packages.js';

/** The package of a module specifier; undefined for relative paths and entries of "imports". */
const packageOf = (specifier: string) => /^(@[^/]+\/)?[^./#@][^/]*/.exec(specifier)?.[0];

/** Packages that the sources import and package.json does not declare. The build would bundle a copy of each. */
export function undeclaredImports({ folder, manifest }: PublishedPackage): string[] {
  const { name, dependencies, peerDependencies, optionalDependencies } = manifest;
  const declared = { [name]: '', ...dependencies, ...peerDependencies, ...optionalDependencies };
  const specifiers = readdirSync(join(ROOT, folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => ts.preProcessFile(readFileSync(join(ROOT, folder, 'src', file), 'utf8')).importedFiles)
    .map(({ fileName }) => fileName);
  const imported = new Set(specifiers.filter((specifier) => !isBuiltin(specifier)).map(packageOf));
  return [...imported].filter((other) => other !== undefined && !(other in declared)) as string[];
}
