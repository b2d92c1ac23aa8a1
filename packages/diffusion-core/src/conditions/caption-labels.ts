import { isExternal, type CaptionEncoder } from './caption-encoder.js';
import type { TrainingLabels } from './training-labels.js';

/**
 * Training labels of captions: those that a method draws from (`labels` of `distill`), or that a model file states. They
 * need no encoder any more: a model's own words are encoded when they are drawn, and of any other encoder they have the rows.
 *
 * @param captions at least one
 * @throws RangeError naming a caption that cannot be encoded
 */
export async function captionLabels(encoder: CaptionEncoder, captions: readonly string[]): Promise<TrainingLabels> {
  const { settings } = encoder;
  if (!isExternal(settings)) return { kind: 'captions', encoder: settings, captions };
  // Nine digits are enough for every float32 number.
  const rows = (await encoder.rows(captions)).map((row) => Array.from(row, (value) => Number(value.toPrecision(9))));
  return { kind: 'captions', encoder: settings, captions, rows };
}
