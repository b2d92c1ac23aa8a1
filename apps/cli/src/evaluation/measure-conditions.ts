import { openDataset, type ImageDataset } from '@onestep/datasets';
import {
  collectFeatures,
  measureGroups,
  parseMetric,
  recognizedClasses,
  type CollectedFeatures,
  type ConditionGroup,
  type FeatureExtractor,
  type GroupFigures,
} from '@onestep/metrics';
import { Rng } from '@onestep/random';
import { supplyText } from '../networks/text-encoder.js';
import type { TextEncoderOptions } from '../options/text-encoder-options.js';
import { withProgress } from '../terminal/progress.js';
import { UserError } from '../user-error.js';
import { groupImages, type Grouping } from './condition-groups.js';
import { openEvaluator, type EvaluatorOptions } from './evaluator.js';
import type { ImageNetwork, LabelsOfSeeds } from './generated-images.js';
import { matchClasses } from './match-classes.js';

/** The figures of a group, with how many of its images the detector recognizes as their class; null if it does not know. */
export interface ConditionFigures extends GroupFigures {
  recognized: number | null;
}

/** Figures of a network by the conditions that its images were made with, and what they depend on. */
export interface MeasuredConditions {
  /** All images together, and then each group. */
  figures: ConditionFigures[];
  extractor: FeatureExtractor;
  /** The real images. */
  reference: string;
  /** How the images were made. */
  images: string;
  /** Lines for the user. */
  remarks: string[];
}

/** Arguments of {@link measureConditions}. */
export interface MeasureConditionsArgs extends EvaluatorOptions, TextEncoderOptions {
  /** Path of the real images with classes or captions. */
  data: string;
  maker: ImageNetwork;
  grouping: Grouping;
  /** Number of generated images: each has the class or the caption of a real image, drawn at random. */
  num: number;
  /** Seed of the first one. */
  seed: number;
  signal: AbortSignal;
}

/** Name of the row of all images. */
const ALL = 'all';

/**
 * Generates images with the classes or captions of real images, and measures each group of them against the real images of the
 * same group.
 *
 * @throws UserError if the data set has not the labels that the network takes, or not those to group by
 */
export async function measureConditions(args: MeasureConditionsArgs): Promise<MeasuredConditions> {
  const { data, maker, grouping, num, seed, signal, textEncoder, textPooling, ...options } = args;
  const dataset = await openDataset(data, { useLabels: 'if-present', useCaptions: true, cacheBytes: 0 });
  try {
    const { groups, empty } = groupImages(dataset, grouping, maker.classNames);
    const order = new Rng(seed, 'conditions').permutation(dataset.length);
    /** The real image whose condition each generated one has. */
    const sources = Array.from({ length: num }, (_, i) => order[i % dataset.length]!);
    const conditions = conditionsOf(dataset, sources, maker, seed);
    const captions = dataset.hasCaptions ? sources.map((index) => dataset.captionAt(index)) : [];
    await supplyText(maker.network, { textEncoder, textPooling }, captions);
    const images = maker.images({ choose: conditions });
    const metrics = [`fid${num}_full`, `pr${num}3_full`].map(parseMetric);
    const { extractor, reference, remarks } = await (
      await openEvaluator({ ...options, data }, images.format, metrics)
    )(signal);
    const real = reference.features!;
    const { featureDim: dim } = extractor;
    if (real.length !== dataset.length * dim) {
      throw new UserError(
        `${data} has images that are not of the data set: convert it with "onestep dataset convert".`,
      );
    }
    const classes = classesToRecognize(extractor, dataset, maker.classNames);
    const keep = classes.isKnown ? (['features', 'probabilities'] as const) : (['features'] as const);
    const collected = await withProgress('images', (progress) => {
      const onProgress = (done: number) => progress.update(done, num);
      const { batches } = images.open({ count: num, firstSeed: seed, signal, onProgress });
      return collectFeatures(extractor, batches, { keep, signal });
    });
    const members = [
      { name: ALL, generated: range(num), real: range(dataset.length) },
      ...groups.map(({ name, members: list }) => {
        const isMember = new Set(list);
        return { name, generated: range(num).filter((i) => isMember.has(sources[i]!)), real: list };
      }),
    ];
    const figures = await withProgress('groups', (progress) =>
      measureGroups({
        groups: members,
        generated: collected.features!,
        real,
        dim,
        onProgress: (done, total) => progress.update(done, total),
        signal,
      }),
    );
    const wanted = sources.map((index) => numberIn(classes.numbers, dataset.classAt(index)!));
    const recognized = classes.isKnown ? countRecognized(collected, wanted, members) : null;
    return {
      figures: figures.map((each, i) => ({ ...each, recognized: recognized?.[i] ?? null })),
      extractor,
      reference: `${dataset.name} (${dataset.length} images)`,
      images: images.description,
      remarks: [
        ...remarks,
        ...(classes.note === undefined ? [] : [classes.note]),
        ...(empty.length === 0 ? [] : [`No image of ${data} is in the group ${empty.join(', ')}.`]),
      ],
    };
  } finally {
    dataset.close();
  }
}

/** The conditions of images as the network takes them: those of real images. @param firstSeed of the first image */
function conditionsOf(
  dataset: ImageDataset,
  sources: readonly number[],
  { network, classNames }: ImageNetwork,
  firstSeed: number,
): LabelsOfSeeds {
  const { path, labelKind } = dataset;
  const of = <T>(seeds: readonly number[], what: (index: number) => T) =>
    seeds.map((seed) => what(sources[seed - firstSeed]!));
  if (network.labels?.kind === 'captions') {
    if (!dataset.hasCaptions) throw new UserError(`The network takes captions, and ${path} has none.`);
    return (seeds) => ({ prompts: of(seeds, (index) => dataset.captionAt(index)) });
  }
  if (network.labelDim === 0) {
    throw new UserError(
      'The network is unconditional: its images have no conditions to group them by. Measure it with "onestep metrics calc".',
    );
  }
  if (network.labels?.kind === 'vectors') {
    throw new UserError(
      'The network takes label vectors, and images are grouped by classes or captions: measure it with "onestep metrics calc".',
    );
  }
  if (labelKind !== 'classes' || dataset.labelDim > network.labelDim) {
    const has = labelKind === 'classes' ? `${dataset.labelDim} classes` : 'no classes';
    throw new UserError(
      `The network takes ${network.labelDim} classes, and ${path} has ${has}: give the data set that it was trained on.`,
    );
  }
  const numbers = matchClasses(dataset, classNames);
  return (seeds) => ({ classes: of(seeds, (index) => numberIn(numbers, dataset.classAt(index)!)) });
}

/** @param numbers of the classes elsewhere; null for the same */
function numberIn(numbers: readonly number[] | null, number: number): number {
  return numbers === null ? number : numbers[number]!;
}

/** Whether the classes of images are among those that a detector recognizes, their numbers there, and a line about it. */
function classesToRecognize(
  { name, numClasses, classNames: known }: FeatureExtractor,
  dataset: ImageDataset,
  ofNetwork: readonly string[] | null,
): { isKnown: boolean; numbers: readonly number[] | null; note?: string } {
  const none = { isKnown: false, numbers: null };
  if (dataset.labelKind !== 'classes') return none;
  const names = dataset.classNames ?? ofNetwork;
  const found = names?.map((name) => known?.findIndex((each) => each.toLowerCase() === name.toLowerCase()) ?? -1);
  if (found !== undefined && !found.includes(-1)) return { isKnown: true, numbers: found };
  if (numClasses !== dataset.labelDim) return none;
  if (known === undefined || names === null) {
    return {
      isKnown: true,
      numbers: null,
      note: `Accuracy: the classes are assumed to be those of the detector ${name}, in its order.`,
    };
  }
  return { ...none, note: `The detector ${name} knows other classes: no accuracy.` };
}

/** Number of images of each group whose class the detector recognizes. */
function countRecognized(
  { probabilities, numClasses }: CollectedFeatures,
  wanted: readonly number[],
  groups: readonly ConditionGroup[],
): number[] {
  const isRight = recognizedClasses(probabilities!, wanted, numClasses);
  return groups.map(({ generated }) => generated.filter((i) => isRight[i]).length);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
