import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const OPTIONS = ['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd', '--importMemory'];
/** Functions between files of the source may exchange vectors. */
const NO_WARNING = ['--disableWarning', '112'];

/**
 * Compiles a source with AssemblyScript to WebAssembly with SIMD that imports its memory as `env.memory`.
 *
 * @param source path of the file whose exports become those of the module
 * @param options further options of the compiler
 * @returns the WebAssembly module
 * @throws if the compiler reports an error, which is on standard error
 */
export function compileAssemblyScript(source: string, options: readonly string[] = []): Buffer {
  const { resolve } = createRequire(import.meta.url);
  const compiler = join(dirname(resolve('assemblyscript/package.json')), 'bin', 'asc.js');
  const folder = mkdtempSync(join(tmpdir(), 'onestep-kernels-'));
  try {
    const file = join(folder, 'kernels.wasm');
    const args = [compiler, source, ...OPTIONS, ...NO_WARNING, ...options, '--outFile', file];
    execFileSync(process.execPath, args, { cwd: dirname(source) });
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Formats bytes as a string constant of a TypeScript file, in base64. */
export function formatBytes(bytes: Buffer, indent: string): string {
  const lines = bytes.toString('base64').match(/.{1,100}/g)!;
  return lines.map((line) => `${indent}'${line}'`).join(' +\n');
}
