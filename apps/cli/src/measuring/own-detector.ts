import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FeatureExtractor } from '@onestep/metrics';
import { UserError } from '../user-error.js';
import type { Detector, ImageFormat } from './detector.js';

/**
 * A detector that somebody wrote: a module whose default export is a function from the images' format to a `FeatureExtractor`.
 *
 * @throws UserError if the module cannot be loaded or has no such export; the detector, if what it makes is no `FeatureExtractor`
 */
export async function ownDetector(path: string): Promise<Detector['extractorOf']> {
  const module = (await import(pathToFileURL(resolve(path)).href).catch((error: Error) => {
    throw new UserError(`${path} could not be imported: ${error.message}`);
  })) as { default?: unknown };
  const make = module.default;
  if (typeof make !== 'function') {
    throw new UserError(
      `${path} needs a default export: a function from { imgResolution, imgChannels } to a FeatureExtractor.`,
    );
  }
  return async (format: ImageFormat) => {
    const made: unknown = await (make as (format: ImageFormat) => unknown)(format);
    assertExtractor(made, path);
    return made;
  };
}

function assertExtractor(made: unknown, path: string): asserts made is FeatureExtractor {
  const found = (typeof made === 'object' ? made : null) as Partial<Record<keyof FeatureExtractor, unknown>> | null;
  const isSize = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;
  const wrong = [
    typeof found?.name !== 'string' && 'name (text)',
    ...(['featureDim', 'numClasses', 'imgResolution', 'imgChannels'] as const).map(
      (name) => !isSize(found?.[name]) && `${name} (a whole number from 1 on)`,
    ),
    typeof found?.extract !== 'function' && 'extract (a function)',
  ].filter((what) => what !== false);
  if (wrong.length > 0) throw new UserError(`The FeatureExtractor of ${path} lacks ${wrong.join(', ')}.`);
}
