import { adviseSampling } from './advise-sampling.js';

/** What Inception takes: its weights, and the first layers, whose images are the largest. */
const INCEPTION = { parameters: 23.9e6, activations: 0, workspace: 2.4e6, multiplications: 5.7e9 };
/** Images at once where they fit. */
const BATCH = 32;

/**
 * Chooses how many images pass through Inception at once. The features do not depend on it, but for rounding.
 *
 * @returns the number, and a line about it where fewer fit than usual
 */
export function inceptionBatch(): { batchSize: number; note: string | null } {
  let batchSize = BATCH;
  const warning = adviseSampling(INCEPTION, BATCH, (fits) => {
    batchSize = fits;
    return `Inception takes ${fits} at once instead.`;
  });
  return { batchSize, note: warning };
}
