import { readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

/** Packages that are about a machine's files or its native libraries, and have no place in a browser. */
const ONLY_NODE = ['datasets', 'mpi', 'tfjs-backend-ort'];

const packages = readdirSync(new URL('../../../packages', import.meta.url))
  .filter((name) => !ONLY_NODE.includes(name))
  .map((name) => (name === 'onestep' ? name : `@onestep/${name}`));
const builtins = new Set(builtinModules);

it.each([...packages, 'onestep/method'])('%s is bundled for a browser without a module of Node', async (name) => {
  const pulledIn: string[] = [];
  const { errors } = await build({
    stdin: { contents: `export * from '${name}';`, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['@onestep/source'],
    logLevel: 'silent',
    plugins: [
      {
        name: 'modules-of-node',
        setup: ({ onResolve }) =>
          onResolve({ filter: /.*/ }, ({ path, importer }) => {
            // Packages may map a module of Node to nothing for browsers; tfjs does, in its package.json.
            const isOurs = !importer.includes('node_modules');
            if (path.startsWith('node:') || (isOurs && builtins.has(path))) pulledIn.push(`${path} by ${importer}`);
            return undefined;
          }),
      },
    ],
  }).catch((error: { errors: { text: string }[] }) => error);
  expect(pulledIn).toEqual([]);
  expect(errors.map(({ text }) => text)).toEqual([]);
});
