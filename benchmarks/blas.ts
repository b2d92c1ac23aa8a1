import type { Hello } from './worker.js';

/**
 * The BLAS library of a PyTorch worker, by file name.
 *
 * @throws unless it is a fast one: with the reference BLAS, PyTorch is many times slower and no comparison is fair
 */
export function checkBlas({ name, blas = [] }: Hello): string {
  const fast = blas.find((library) => /openblas|mkl_rt/.test(library));
  if (fast !== undefined) return fast;
  throw new Error(
    `${name} uses ${blas.join(', ') || 'an unknown BLAS'}, which is slow. Install OpenBLAS and try again: ` +
      'apt-get install libopenblas0-pthread; update-alternatives --display libblas.so.3-x86_64-linux-gnu shows the choice.',
  );
}
