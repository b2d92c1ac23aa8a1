import { rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/**
 * Folder for the bundles of a program: inside node_modules of its package (of the repository, for a program in none), so that
 * external imports resolve as usual. One folder per process, because several may run at once.
 */
function bundlesOf(source: string): string {
  const [folder = ''] = /^(apps|packages)\/[^/]+\//.exec(source) ?? [];
  return `${ROOT}${folder}node_modules/.cache/onestep-programs/${process.pid}`;
}

/** Bundles only the repository's own sources, and keeps each file's `import.meta.url`. */
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
 * Bundles a program and returns Node's arguments to run it. A bundle starts in a third of the time of single source files,
 * which is most of the time of a short process.
 *
 * @param source the program's TypeScript file, relative to the repository's root
 */
export function programArguments(source: string): Promise<string[]> {
  return bundle(bundlesOf(source), { entryPoints: [source] }, basename(source, '.ts'));
}

let examples = 0;

/** The same for a program that is in no file. @param code TypeScript, which imports packages by their names */
export function exampleArguments(code: string): Promise<string[]> {
  const name = `example-${++examples}`;
  const stdin = { contents: code, loader: 'ts', resolveDir: ROOT } as const;
  return bundle(bundlesOf(''), { stdin, entryNames: name }, name);
}

/**
 * The same for several programs, one after the other in one process, which starts an engine and reads the sources once.
 *
 * @param codes TypeScript, with imports at the top
 */
export async function consecutiveExamples(codes: readonly string[]): Promise<string[]> {
  const folder = bundlesOf('');
  await mkdir(folder, { recursive: true });
  const name = `examples-${++examples}`;
  const files = codes.map((_, i) => `${folder}/${name}-${i}.ts`);
  await Promise.all(files.map((file, i) => writeFile(file, codes[i]!)));
  const contents = files.map((file) => `await import(${JSON.stringify(file)});`).join('\n');
  return bundle(folder, { stdin: { contents, loader: 'ts', resolveDir: ROOT }, entryNames: name }, name);
}

async function bundle(folder: string, program: BuildOptions, name: string): Promise<string[]> {
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  await build({
    absWorkingDir: ROOT,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@onestep/source'],
    plugins: [ownSources],
    logLevel: 'error',
    ...program,
  });
  return ['--conditions=@onestep/source', `${folder}/${name}.mjs`];
}
