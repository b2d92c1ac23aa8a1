import { registerFilterGradient } from './filter-gradient.js';

let isRegistered = false;

/**
 * Registers this package's kernels for the engine `cpu`. Calling it again has no effect.
 *
 * @throws Error if `@tensorflow/tfjs-backend-cpu` has not been imported
 */
export function registerCpuKernels(): void {
  if (isRegistered) return;
  registerFilterGradient();
  isRegistered = true;
}
