import { readFileSync } from 'node:fs';
import type { NetworkSize } from './network.js';

/** An entry of sizes.json. */
export interface Size {
  batch: number;
  network: NetworkSize;
}

/** The sizes to compare, by name. */
export const SIZES = JSON.parse(readFileSync(new URL('sizes.json', import.meta.url), 'utf8')) as Record<string, Size>;
