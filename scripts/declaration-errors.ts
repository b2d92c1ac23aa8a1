import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT, type PublishedPackage } from './published-packages.js';

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
  types: ['node'],
  strict: true,
  noEmit: true,
};

const HOST: ts.FormatDiagnosticsHost = {
  getCurrentDirectory: () => ROOT,
  getCanonicalFileName: (name) => name,
  getNewLine: () => '\n',
};

/**
 * Errors in the built declarations of packages, which all are built for one another: the build makes them without checking
 * the sources again, which `npm run typecheck` has done.
 */
export function declarationErrors(packages: readonly PublishedPackage[]): string[] {
  const files = packages.flatMap(({ folder }) => {
    const built = join(ROOT, folder, 'dist');
    const names = readdirSync(built, { recursive: true, encoding: 'utf8' });
    return names.filter((name) => name.endsWith('.d.ts')).map((name) => join(built, name));
  });
  const program = ts.createProgram(files, OPTIONS);
  return files
    .flatMap((file) => program.getSemanticDiagnostics(program.getSourceFile(file)))
    .map((diagnostic) => ts.formatDiagnostic(diagnostic, HOST).trimEnd());
}
