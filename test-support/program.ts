import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

// Inside the node_modules of the program's own package, so that what is left outside of the bundle is found as usual; one
// for each process that asks, since several may run at once.
const bundlesOf = (source: string) =>
  `${ROOT}${/^(?:apps|packages)\/[^/]+\//.exec(source)?.[0] ?? ''}node_modules/.cache/onestep-programs/${process.pid}`;

/** Bundles the repository's own sources and nothing else; each file still finds what lies beside it. */
const ownSources: Plugin = {
  name: 'own-sources',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || /^(@onestep\/|onestep$|onestep\/|#)/.test(path) ? undefined : { path, external: true },
    );
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      return { loader: 'ts', contents: source.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)) };
    });
  },
};

/**
 * Node's arguments for running a program from its sources in one file: it starts in a third of the time that loading them
 * one by one takes, which is most of a short process's life.
 *
 * @param source the program's TypeScript file, from the repository's root
 */
export async function programArguments(source: string): Promise<string[]> {
  const name = basename(source, '.ts');
  const bundles = bundlesOf(source);
  process.on('exit', () => rmSync(bundles, { recursive: true, force: true }));
  await build({
    absWorkingDir: ROOT,
    entryPoints: [source],
    outdir: bundles,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@onestep/source'],
    plugins: [ownSources],
    logLevel: 'error',
  });
  return ['--conditions=@onestep/source', `${bundles}/${name}.mjs`];
}
