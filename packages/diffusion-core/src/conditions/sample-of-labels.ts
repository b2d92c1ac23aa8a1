import { Rng } from '@onestep/random';
import type { TrainingLabels } from './training-labels.js';

/** Most captions in a file. */
const MAX_CAPTIONS = 1024;

/** The training labels as a file states them: of many captions a sample, the same each time, in their order. */
export function sampleOfLabels(labels: TrainingLabels): TrainingLabels {
  const { captions } = labels;
  if (captions === undefined || captions.length <= MAX_CAPTIONS) return labels;
  const chosen = [...new Rng(0, 'caption-rows').permutation(captions.length)].slice(0, MAX_CAPTIONS);
  const take = <T>(values: readonly T[]) => chosen.sort((a, b) => a - b).map((index) => values[index]!);
  return { ...labels, captions: take(captions), ...(labels.rows !== undefined && { rows: take(labels.rows) }) };
}
