import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import web from '../../../apps/web/vite.config.js';

/** The page that measures is built as the pages of apps/web are. */
export default defineConfig({
  ...web,
  root: fileURLToPath(new URL('.', import.meta.url)),
  build: { ...web.build, rollupOptions: { output: web.build!.rollupOptions!.output } },
});
