import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Bundles a package's sources with everything that they import.
 *
 * @param entry a file of this repository, such as `packages/random/src/index.ts`
 * @param platform a module of Node in a bundle for `browser` is an error
 * @returns paths of all files in the bundle, relative to the repository
 */
export async function listBundledFiles(entry: string, platform: 'node' | 'browser'): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: fileURLToPath(new URL('../', import.meta.url)),
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform,
    conditions: ['@onestep/source'],
    // A binary, which cannot be bundled.
    external: ['sharp'],
    logLevel: 'silent',
  });
  return Object.keys(metafile.inputs);
}
