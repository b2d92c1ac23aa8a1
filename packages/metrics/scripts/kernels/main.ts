/**
 * Compiles kernels/index.ts and writes src/linalg/kernels/wasm-bytes.ts.
 *
 *   npm run kernels -w @onestep/metrics
 */
import { writeFileSync } from 'node:fs';
import { formatBytes } from '../../../../scripts/assemblyscript/compile.js';
import { compileKernels } from './compile.js';

const bytes = compileKernels();
const text = `/** The WebAssembly of kernels/index.ts, in base64. Written by \`npm run kernels -w @onestep/metrics\`. */
export const WASM_BYTES =
${formatBytes(bytes, '  ')};
`;
writeFileSync(new URL('../../src/linalg/kernels/wasm-bytes.ts', import.meta.url), text);
console.log(`${bytes.length} bytes of WebAssembly`);
