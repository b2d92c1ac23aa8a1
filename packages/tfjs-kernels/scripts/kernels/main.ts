/**
 * Compiles kernels/index.ts and writes src/wasm/compiled/wasm-bytes.ts.
 *
 *   npm run kernels -w @onestep/tfjs-kernels
 */
import { writeFileSync } from 'node:fs';
import { formatBytes } from '../../../../scripts/assemblyscript/compile.js';
import { COMPILERS } from './compile.js';

const modules = Object.entries(COMPILERS).map(([name, compile]) => ({ name, bytes: compile() }));
const text = `/**
 * The WebAssembly of kernels/index.ts, in base64, for a memory of one thread and for a shared one. Written by
 * \`npm run kernels -w @onestep/tfjs-kernels\`.
 */
export const WASM_BYTES = {
${modules.map(({ name, bytes }) => `  ${name}:\n${formatBytes(bytes, '    ')},\n`).join('')}};
`;
writeFileSync(new URL('../../src/wasm/compiled/wasm-bytes.ts', import.meta.url), text);
for (const { name, bytes } of modules) console.log(`${name}: ${bytes.length} bytes of WebAssembly`);
