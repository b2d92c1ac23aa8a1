import { fileURLToPath } from 'node:url';
import { compileAssemblyScript } from '../../../../scripts/assemblyscript/compile.js';

/** Compiles kernels/index.ts. @returns the WebAssembly module */
export function compileKernels(): Buffer {
  return compileAssemblyScript(fileURLToPath(new URL('../../kernels/index.ts', import.meta.url)));
}
