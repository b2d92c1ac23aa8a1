import { fileURLToPath } from 'node:url';
import { compileAssemblyScript } from '../../../../scripts/assemblyscript/compile.js';

const SOURCE = fileURLToPath(new URL('../../kernels/index.ts', import.meta.url));

/** The memory of an engine with threads is shared between them, and declared with the size that it has at most: 4 GiB. */
const SHARED_MEMORY = ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'];

/** Compile kernels/index.ts, for an engine of one thread and of several. Each returns the WebAssembly module. */
export const COMPILERS = {
  own: () => compileAssemblyScript(SOURCE),
  shared: () => compileAssemblyScript(SOURCE, SHARED_MEMORY),
};
