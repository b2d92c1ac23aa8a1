/**
 * Builds the site to static files: the API's pages from the doc comments, the demo, and all pages. `npm run docs:build`, with
 * `-- --base /folder/` for a host that serves it from a folder, and `-- --out-dir FOLDER`.
 */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build as buildDemo } from 'vite';
import { build as buildPages } from 'vitepress';
import { writeApiPages } from './api-pages.js';
import { ROOT } from './repository.js';

const SITE = join(ROOT, 'apps/docs');

/** How the site is built. */
export interface SiteOptions {
  /** Path of the site on its host, with a slash at both ends. */
  base: string;
  outDir: string;
}

/** @throws Error if a link leads nowhere, a formula is not TeX, or a part cannot be built */
export async function buildSite({ base, outDir }: SiteOptions): Promise<void> {
  if (!/^\/(.*\/)?$/.test(base))
    throw new Error(`--base is ${base}: it must begin and end with a slash, as in /onestep/.`);
  await writeApiPages();
  await buildPages(SITE, { base, outDir });
  const configFile = join(ROOT, 'apps/web/vite.config.ts');
  await buildDemo({ configFile, logLevel: 'warn', build: { outDir: join(outDir, 'demo'), emptyOutDir: true } });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { base: { type: 'string' }, 'out-dir': { type: 'string' } } });
  await buildSite({ base: values.base ?? '/', outDir: resolve(values['out-dir'] ?? join(SITE, 'dist')) });
}
