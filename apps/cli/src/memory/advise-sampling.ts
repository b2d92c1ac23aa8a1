import { estimateSampling } from 'onestep';
import type { NetworkCost } from '@onestep/diffusion-core';
import { availableMemory } from 'onestep/node';
import { formatBytes } from '../terminal/format.js';
import { usesMachineMemory } from './machine-engine.js';

/** The share of the memory that sampling may take by an estimate, which is not exact. */
const SHARE = 0.9;

/**
 * Warns where sampling a network takes more memory than there is.
 *
 * @param network undefined if its cost is not known
 * @param batch images at once
 * @param advice what to do, with the number of images that fits
 * @returns one line, or null if all fits
 */
export function adviseSampling(
  network: NetworkCost | undefined,
  batch: number,
  advice: (fitting: number) => string,
): string | null {
  if (network === undefined || !usesMachineMemory()) return null;
  const { available } = availableMemory();
  const estimate = (images: number) => estimateSampling({ network, batch: images }).total;
  if (estimate(batch) <= SHARE * available) return null;
  let fitting = batch;
  while (fitting > 1 && estimate(fitting) > SHARE * available) fitting = Math.floor(fitting / 2);
  const [needed, there] = [estimate(batch), available].map(formatBytes);
  const takes = `Warning: ${batch} images at once take about ${needed} of memory, and this process may have ${there}`;
  return `${takes}. The system may end it at any moment. ${advice(fitting)}`;
}
