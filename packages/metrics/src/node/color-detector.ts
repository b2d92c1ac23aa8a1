import { fileURLToPath } from 'node:url';
import { readSafetensors } from '@onestep/checkpoint/node';
import { COLOR_DETECTOR, ColorExtractor } from '../color/color-extractor.js';

/**
 * Path of the weights of the color detector in this package.
 *
 * @internal
 */
export const COLOR_WEIGHTS_PATH = fileURLToPath(new URL(`../../assets/${COLOR_DETECTOR}.safetensors`, import.meta.url));

/** Loads the color detector of this package (`onestep-color-v0`, see `assets/README.md`) on the current tfjs backend. */
export async function loadColorDetector(): Promise<ColorExtractor> {
  return ColorExtractor.fromWeights(await readSafetensors(COLOR_WEIGHTS_PATH));
}
