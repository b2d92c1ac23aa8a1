import { fileURLToPath } from 'node:url';
import { defineConfig, type Options } from 'tsup';

/**
 * The build that every package shares: one ESM bundle with types, dependencies left external. Without source maps, which
 * would be half of an installed package: the bundle is not minified.
 */
export const library = (overrides: Options = {}) =>
  defineConfig({
    entry: ['src/index.ts'],
    format: ['esm'],
    target: 'node20',
    // Types of neighbours come from their built declarations: nx builds in that order. The sources are checked by
    // `npm run typecheck` and the declarations by `npm run check:packages`, once each; here that takes half of the time.
    dts: { compilerOptions: { customConditions: [], noCheck: true } },
    tsconfig: fileURLToPath(new URL('./tsconfig.build.json', import.meta.url)),
    clean: true,
    treeshake: true,
    ...overrides,
  });
