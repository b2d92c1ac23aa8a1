import type MarkdownIt from 'markdown-it';
import { defineConfig } from 'vitepress';
import { anchorOf } from '../src/anchors.js';
import { codeBlocks } from '../src/code-blocks.js';
import { formulas } from '../src/formulas.js';
import { optionTables } from '../src/option-tables.js';
import { pageOf } from '../src/pages.js';
import { repositoryLinks } from '../src/repository-links.js';
import { ROOT } from '../src/repository.js';
import { searchable } from '../src/search.js';
import { navigation, sidebar } from '../src/sidebar.js';
import { tableHeaders } from '../src/table-headers.js';

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
  // No picture for the browser's tab: without this line browsers ask for one.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  // The search's index and the pages of large files are larger than Vite's limit. Each is loaded where it is needed.
  vite: { build: { chunkSizeWarningLimit: 8000 } },
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify: anchorOf },
    headers: { slugify: anchorOf },
    // VitePress has types of markdown-it of its own.
    config(md) {
      const plugins = [optionTables, formulas, repositoryLinks, tableHeaders, codeBlocks];
      for (const plugin of plugins) (md as unknown as MarkdownIt).use(plugin);
    },
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
