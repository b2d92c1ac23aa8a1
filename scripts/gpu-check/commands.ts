import { join } from 'node:path';
import { NODE } from '../../benchmarks/worker.js';

/** The root of the repository. */
export const ROOT = join(import.meta.dirname, '../..');

/** Command that runs a TypeScript file of the repository from source. */
export function runSource(path: string, ...args: readonly string[]): string[] {
  return [...NODE, join(ROOT, path), ...args];
}

/** Environment variables that turn TF32 off in NVIDIA's libraries, so that float32 is compared with float32. */
export const FULL_PRECISION = { NVIDIA_TF32_OVERRIDE: '0' };
/** Environment variables that let NVIDIA's libraries use TF32, which engines do not by default. */
export const TF32 = { NVIDIA_TF32_OVERRIDE: '1' };
