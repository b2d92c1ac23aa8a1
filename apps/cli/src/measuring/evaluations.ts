/** Network evaluations for an image with the EDM sampler: Heun's method has two a step, but for the last one. */
export const evaluationsOf = (steps: number): number => 2 * steps - 1;
