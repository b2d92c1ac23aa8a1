import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withImageFormat, type FeatureExtractor } from '@onestep/metrics';
import { UserError } from '../user-error.js';
import type { Detector } from './detector.js';

/**
 * Imports a module whose default export is a function from the format of images, `{ imgResolution, imgChannels }`, to a
 * `FeatureExtractor`. For images of any sizes both are null, and the extractor needs a function `prepare`.
 *
 * @throws UserError naming the module and what it lacks
 */
export async function importDetector(path: string): Promise<Detector['extractorOf']> {
  if (!existsSync(path)) throw new UserError(`${path} does not exist: --detector takes the path of a module there.`);
  const module = (await import(pathToFileURL(resolve(path)).href).catch((error: Error) => {
    throw new UserError(`${path} could not be imported: ${error.message}`);
  })) as { default?: unknown };
  const create = module.default;
  if (typeof create !== 'function') {
    throw new UserError(
      `${path} needs a default export: a function from { imgResolution, imgChannels } to a FeatureExtractor.`,
    );
  }
  return async (format) => {
    const anySize = { imgResolution: null, imgChannels: null };
    const extractor: unknown = await (create as (format: object) => unknown)(format ?? anySize);
    if (format === null && typeof (extractor as Partial<FeatureExtractor> | null)?.prepare !== 'function') {
      throw new UserError(
        `${path}: these images are of several sizes, not square, or not gray or RGB of 8 bits, and its FeatureExtractor has no ` +
          'prepare(image), which brings them to its own size.',
      );
    }
    assertExtractor(extractor, path);
    return format === null ? extractor : withImageFormat(extractor, format);
  };
}

function assertExtractor(value: unknown, path: string): asserts value is FeatureExtractor {
  const found = (typeof value === 'object' ? value : null) as Partial<Record<keyof FeatureExtractor, unknown>> | null;
  const isCount = (least: number, count: unknown) => Number.isSafeInteger(count) && (count as number) >= least;
  const missing = [
    typeof found?.name !== 'string' && 'name (a string)',
    ...(['featureDim', 'imgResolution', 'imgChannels'] as const).map(
      (name) => !isCount(1, found?.[name]) && `${name} (a positive integer)`,
    ),
    !isCount(0, found?.numClasses) && 'numClasses (0 or a positive integer)',
    typeof found?.extract !== 'function' && 'extract (a function)',
  ].filter((field) => field !== false);
  if (missing.length > 0) throw new UserError(`The FeatureExtractor of ${path} lacks ${missing.join(', ')}.`);
}
