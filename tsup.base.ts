import { defineConfig, type Options } from 'tsup';

/** The build every package shares: one ESM bundle with types, dependencies left external. */
export const library = (overrides: Options = {}) =>
  defineConfig({
    entry: ['src/index.ts'],
    format: ['esm'],
    target: 'node20',
    dts: { compilerOptions: { customConditions: [] } },
    sourcemap: true,
    clean: true,
    treeshake: true,
    ...overrides,
  });
