/**
 * Packs every package and checks what a user would install: exports, types and files (publint, are-the-types-wrong), that it
 * declares what it imports, and that the declarations of all packages fit together.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { problemKindInfo } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { declarationErrors } from './declaration-errors.js';
import { packAll } from './pack.js';
import { publishedPackages, ROOT, type PublishedPackage } from './published-packages.js';
import { undeclaredImports } from './undeclared-imports.js';

/** How Node before version 12, and CommonJS, find a module: the packages are for `import` only. */
const OTHER_RESOLUTIONS: readonly string[] = ['node10', 'node16-cjs'];

async function problemsOf(published: PublishedPackage, tarball: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const undeclared = undeclaredImports(published).map(
    (name) => `package.json does not declare ${name}: add it to "dependencies".`,
  );
  const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
  const errors = messages.filter(({ type }) => type === 'error');
  const analysis = await checkPackage(createPackageFromTarballData(tarball));
  // A package without types has none that are wrong.
  const problems = analysis.types === false ? [] : analysis.problems;
  return [
    ...undeclared,
    ...errors.map((message) => `publint found: ${formatMessage(message, pkg, { color: false })}`),
    ...problems
      .filter((problem) => !('resolutionKind' in problem && OTHER_RESOLUTIONS.includes(problem.resolutionKind)))
      .map(({ kind, ...where }) => {
        const { shortDescription, docsUrl } = problemKindInfo[kind];
        return `are-the-types-wrong found: ${shortDescription}, ${JSON.stringify(where)}, ${docsUrl}`;
      }),
  ];
}

const destination = mkdtempSync(join(tmpdir(), 'onestep-pack-'));
try {
  const packages = publishedPackages();
  for (const error of declarationErrors(packages)) {
    console.error(error);
    process.exitCode = 1;
  }
  // All in this process: to start those tools for each package takes longer than what they do.
  const tarballs = packAll(
    packages.map(({ folder }) => join(ROOT, folder)),
    destination,
  );
  for (const [i, { tarball, size }] of tarballs.entries()) {
    const published = packages[i]!;
    const { folder } = published;
    for (const problem of await problemsOf(published, new Uint8Array(readFileSync(tarball)))) {
      console.error(`${folder}: ${problem}`);
      process.exitCode = 1;
    }
    console.log(`${folder}: ${(size / 1e6).toFixed(2)} MB`);
  }
} finally {
  rmSync(destination, { recursive: true });
}
