import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

const page = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The WebAssembly engine looks for its files by name in one folder. */
const assetFileNames = ({ names }: { names: string[] }) =>
  names[0]?.endsWith('.wasm') ? 'engine/[name][extname]' : 'assets/[name]-[hash][extname]';

/**
 * Lets the WebAssembly engine have threads. tfjs hands the text of a function to them (`toString()`), which asks whether a variable
 * around it exists. The minifier answers that here, where it does; in a thread it does not. So the function gets one of its own.
 */
const wasmThreads: Plugin = {
  name: 'wasm-threads',
  transform(code, id) {
    if (!id.endsWith('/tfjs-backend-wasm-threaded-simd.js')) return undefined;
    const start = 'function(WasmBackendModuleThreadedSimd) {';
    if (!code.includes(start)) throw new Error(`${id} has another form than expected: its threads would not start.`);
    return { code: code.replace(start, `${start} var _scriptDir;`), map: null };
  },
};

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
