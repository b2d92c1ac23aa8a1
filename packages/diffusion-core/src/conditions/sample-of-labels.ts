import { Rng } from '@onestep/random';
import type { TrainingLabels } from './training-labels.js';

/** Most captions in a file. */
const MAX_CAPTIONS = 1024;
/** Most numbers of their label vectors, which are part of a file's header. */
const MAX_NUMBERS = 65_536;

/**
 * Most captions that a file states.
 *
 * @param size numbers of a label vector that the file has of each; left out, it has none
 */
export function mostCaptions(size?: number): number {
  return size === undefined ? MAX_CAPTIONS : Math.max(1, Math.min(MAX_CAPTIONS, Math.floor(MAX_NUMBERS / size)));
}

/** The training labels as a file states them: of many captions a sample, the same each time, in their order. */
export function sampleOfLabels(labels: TrainingLabels): TrainingLabels {
  const { captions } = labels;
  const most = mostCaptions(labels.rows?.[0]?.length);
  if (captions === undefined || captions.length <= most) return labels;
  const chosen = [...new Rng(0, 'caption-rows').permutation(captions.length)].slice(0, most).sort((a, b) => a - b);
  const take = <T>(values: readonly T[]) => chosen.map((index) => values[index]!);
  return { ...labels, captions: take(captions), ...(labels.rows !== undefined && { rows: take(labels.rows) }) };
}
