import { fileURLToPath } from 'node:url';
import { defineConfig, type Options } from 'tsup';

/** The build every package shares: one ESM bundle with types, dependencies left external. */
export const library = (overrides: Options = {}) =>
  defineConfig({
    entry: ['src/index.ts'],
    format: ['esm'],
    target: 'node20',
    // Types of neighbours are read from their sources, so no package waits for another's declarations.
    dts: true,
    tsconfig: fileURLToPath(new URL('./tsconfig.base.json', import.meta.url)),
    sourcemap: true,
    clean: true,
    treeshake: true,
    ...overrides,
  });
