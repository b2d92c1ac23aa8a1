import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';

const page = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  root: page('.'),
  // Pages find everything beside themselves, wherever a static host puts them.
  base: './',
  // The packages' sources: nothing has to be built first.
  resolve: { conditions: ['@onestep/source', ...defaultClientConditions] },
  assetsInclude: ['**/*.safetensors'],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // Weights and engines are files of their own, however small.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 3000,
    reportCompressedSize: false,
    rollupOptions: { input: [page('index.html'), page('distil.html')] },
  },
});
