import type { NetworkSize } from './network.js';
import sizes from './sizes.json' with { type: 'json' };

/** An entry of sizes.json. */
export interface Size {
  batch: number;
  network: NetworkSize;
}

/** The sizes to compare, by name. */
export const SIZES: Record<string, Size> = sizes;
