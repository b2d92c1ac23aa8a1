import { createBatchSource, type BatchSource, type ImageDataset } from '@onestep/datasets';

/** A method's real images, in batches of its own. @returns undefined for a method that learns without */
export function realBatches(
  dataset: ImageDataset | null,
  needs: readonly string[],
  { batch, seed }: { batch: number; seed: number },
): BatchSource | undefined {
  if (dataset === null || !needs.includes('images')) return undefined;
  return createBatchSource(dataset, { batchSize: batch, seed });
}
