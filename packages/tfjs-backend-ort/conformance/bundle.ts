import { mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const core = join(dirname(require.resolve('@tensorflow/tfjs-core/package.json')), 'dist');
const here = fileURLToPath(new URL('.', import.meta.url));

/** The tests of tfjs-core that use a backend. The others are about browsers, files and the library itself. */
const ABOUT_BACKENDS = /^(ops|optimizers)\/.*_test\.js$|^(gradients|variable|tensor|buffer|engine)_test\.js$/;

/**
 * Bundles tfjs-core's own tests with the backend under test, so that both see the same copy of tfjs-core.
 *
 * @returns the path of a CommonJS program that runs them (see specs.ts)
 */
export async function bundleSpecs(): Promise<string> {
  const tests = readdirSync(core, { recursive: true, encoding: 'utf8' })
    .filter((file) => ABOUT_BACKENDS.test(file))
    .sort();
  const modules = [join(here, 'setup.ts'), ...tests.map((file) => join(core, file)), join(here, 'specs.ts')];
  // Where Node finds @onestep/onnxruntime, and git looks away.
  const outfile = join(here, '../node_modules/.cache/conformance.cjs');
  mkdirSync(dirname(outfile), { recursive: true });
  await build({
    stdin: { contents: modules.map((file) => `import ${JSON.stringify(file)};`).join('\n'), resolveDir: here },
    outfile,
    bundle: true,
    // tfjs-core declares its tests free of side effects. Without this option they would all be dropped.
    ignoreAnnotations: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    conditions: ['@onestep/source'],
    external: ['jasmine-core', '@onestep/onnxruntime', '@onestep/onnxruntime/*'],
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: 'error',
  });
  return outfile;
}
