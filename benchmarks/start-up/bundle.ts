import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What npm installs beside our packages stays outside of the bundle, as it does for users. */
const EXTERNAL = ['@tensorflow/*', '@onestep/onnxruntime', 'onnxruntime-*', 'koffi', 'webgpu', 'sharp', 'commander'];

/**
 * Compiles a worker and our packages to one JavaScript file, so that it starts as what is published does, without the loader of
 * TypeScript.
 *
 * @returns its path, and what removes it
 */
export async function bundleWorker(entry: string): Promise<{ path: string; remove: () => void }> {
  // Inside of the tree, where Node finds what stays outside of the bundle.
  const path = join(ROOT, 'node_modules', `.onestep-worker-${process.pid}.mjs`);
  await build({
    entryPoints: [entry],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@onestep/source'],
    external: EXTERNAL,
    absWorkingDir: ROOT,
    banner: { js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);" },
    logLevel: 'error',
  });
  return { path, remove: () => rmSync(path, { force: true }) };
}
