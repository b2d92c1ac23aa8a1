import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';
import { offline } from './offline-plugin.js';
import { wasmThreads } from './wasm-threads-plugin.js';

const page = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The WebAssembly engine looks for its files by name in one folder. */
const assetFileNames = ({ names }: { names: string[] }) =>
  names[0]?.endsWith('.wasm') ? 'engine/[name][extname]' : 'assets/[name]-[hash][extname]';

/** Headers that make a page cross-origin isolated, which the engine's threads need. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  root: page('.'),
  // Pages find everything beside themselves, wherever a static host puts them.
  base: './',
  // The packages' sources: nothing has to be built first.
  resolve: { conditions: ['@onestep/source', ...defaultClientConditions] },
  plugins: [offline()],
  assetsInclude: ['**/*.safetensors'],
  server: { headers },
  preview: { headers },
  worker: {
    format: 'es',
    plugins: () => [wasmThreads],
    rollupOptions: { output: { assetFileNames } },
  },
  build: {
    target: 'es2022',
    // Weights and engines are files of their own, however small.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 3000,
    reportCompressedSize: false,
    rollupOptions: {
      output: { assetFileNames },
      input: [page('index.html'), page('distill.html')],
    },
  },
});
