import type { ImageDataset } from '@onestep/datasets';
import type { DenoiserNetwork, Method, TrainingLabels } from '@onestep/diffusion-core';
import { labelsOfData } from '../evaluation/data-labels.js';
import { openPrompts } from '../networks/open-prompts.js';

/** What decides the labels of a run. */
export interface LabelSources {
  teacher: DenoiserNetwork;
  /** The data set of --data; null without. */
  dataset: ImageDataset | null;
  /** Those of --prompts; null without. */
  prompts: readonly string[] | null;
  /** The labels of the pairs of --pairs. */
  pairs: TrainingLabels | undefined;
}

/**
 * The labels that a run draws: prompts, else those of pairs, else those of --data. Undefined for those in the teacher's file.
 *
 * @returns `notes` are lines for the user
 * @throws UserError if prompts do not fit the teacher
 */
export function labelPrior(
  { title, options }: Method,
  { teacher, dataset, prompts, pairs }: LabelSources,
): { labels: TrainingLabels | undefined; notes: string[] } {
  if (prompts !== null) {
    const { labels, notes } = openPrompts(teacher, prompts);
    // Methods that draw labels can weigh them.
    const drawsLabels = Object.hasOwn(options, 'classProbabilities');
    const ownCaptions = `--prompts are what pictures and metrics show: ${title} learns ${pairs ? 'pairs' : 'real images'} with captions of their own.`;
    return { labels, notes: [describeCount(prompts), ...(drawsLabels ? [] : [ownCaptions]), ...notes] };
  }
  if (pairs !== undefined) return { labels: pairs, notes: [] };
  const { labels, note } = dataset === null ? {} : labelsOfData(dataset, teacher);
  if (note !== undefined) return { labels, notes: [note] };
  const { kind, captions = [] } = teacher.labels ?? {};
  const areOfFile = labels === undefined && kind === 'captions' && captions.length > 0;
  const ofFile = `Captions are drawn from the ${captions.length} in the teacher's file. Give --prompts FILE for others.`;
  return { labels, notes: areOfFile ? [ofFile] : [] };
}

function describeCount(prompts: readonly string[]): string {
  const different = new Set(prompts).size;
  const again =
    different === prompts.length ? '' : `, ${different} of them different: each is drawn as often as it occurs`;
  return `${prompts.length} prompt${prompts.length === 1 ? '' : 's'}${again}.`;
}
