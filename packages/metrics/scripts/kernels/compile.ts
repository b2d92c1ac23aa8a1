import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OPTIONS = ['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd', '--importMemory'];
const SOURCE = fileURLToPath(new URL('../../kernels/index.ts', import.meta.url));

/**
 * Compiles kernels/index.ts with AssemblyScript.
 *
 * @returns the WebAssembly module
 * @throws if the compiler reports an error, which is on standard error
 */
export function compileKernels(): Buffer {
  const { resolve } = createRequire(import.meta.url);
  const compiler = join(dirname(resolve('assemblyscript/package.json')), 'bin', 'asc.js');
  const folder = mkdtempSync(join(tmpdir(), 'onestep-kernels-'));
  try {
    const file = join(folder, 'kernels.wasm');
    execFileSync(process.execPath, [compiler, SOURCE, ...OPTIONS, '--outFile', file], { cwd: dirname(SOURCE) });
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
