import type MarkdownIt from 'markdown-it';
import { defineConfig } from 'vitepress';
import { anchorOf } from '../src/anchors.js';
import { formulas } from '../src/formulas.js';
import { optionTables } from '../src/option-tables.js';
import { pageOf } from '../src/pages.js';
import { repositoryLinks } from '../src/repository-links.js';
import { ROOT } from '../src/repository.js';
import { searchable } from '../src/search.js';
import { navigation, sidebar } from '../src/sidebar.js';

export default defineConfig({
  title: 'onestep',
  description: 'One-step image generation in TypeScript',
  lang: 'en-US',
  // The texts of the repository are the pages.
  srcDir: ROOT,
  srcExclude: ['.*/**', 'api/**', '**/test/**', '**/CHANGELOG.md', 'runs/**', 'out/**', 'data/**'],
  rewrites: (file) => pageOf(file) ?? file,
  outDir: 'dist',
  cacheDir: 'node_modules/.cache',
  markdown: {
    anchor: { slugify: anchorOf },
    headers: { slugify: anchorOf },
    // VitePress has types of markdown-it of its own.
    config: (md) => void (md as unknown as MarkdownIt).use(optionTables).use(formulas).use(repositoryLinks),
  },
  themeConfig: {
    nav: navigation,
    sidebar,
    outline: [2, 3],
    externalLinkIcon: false,
    search: { provider: 'local', options: { _render: searchable } },
    footer: { message: 'Apache-2.0' },
  },
});
