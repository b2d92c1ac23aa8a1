import {
  hasOwnLatents,
  needsOf,
  promptLabels,
  type CaptionEncoder,
  type Distance,
  type Generator,
  type ImageBatchSource,
  type Method,
  type OptionsOf,
  type OptionTable,
  type PairBatchSource,
  type RegressionArgs,
  type StepStats,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import { supplyPrompts } from './text/supply-prompts.js';
import { OneStepGenerator } from './generator.js';
import { findMethod } from './methods.js';
import { describeSnapshot } from './network-file.js';
import { buildNetwork, createGenerator } from './open-network.js';
import { createPictures, PICTURES } from './pictures.js';
import { Teacher } from './teacher.js';

/** Progress of a distillation. */
export interface DistillProgress {
  /** Images generated so far. */
  images: number;
  /** The same in thousands. */
  kimg: number;
  /** Statistics of the last step by their published names, such as `G_Loss/loss`. */
  stats: StepStats;
}

/** Arguments of {@link distill}. */
export interface DistillArgs<T extends OptionTable = OptionTable> {
  /** Stays the caller's. */
  teacher: Teacher;
  /** A name of `METHODS`, or a method of your own. */
  method: string | Method<T>;
  /** A preset of the method, such as `small`: settings for the options that are left out. */
  preset?: string;
  /** Options of the method; left out, those of the preset, else the published defaults. */
  options?: Partial<OptionsOf<T>>;
  /** Length, in thousands of generated images. */
  kimg: number;
  /** The labels to draw, such as `datasetLabels` of a data set. Left out, the labels that the teacher was trained on. */
  labels?: TrainingLabels;
  /**
   * The prompts to draw, each as often as it occurs, for a teacher that takes captions; `readPrompts` of `@onestep/datasets` reads
   * files of them. Left out, captions that occurred in its training.
   */
  prompts?: readonly string[];
  /** What encodes the prompts, for a teacher whose text encoder is not part of its file: that with which it was trained. */
  textEncoder?: CaptionEncoder;
  /** Real images, for methods that need them. */
  data?: ImageBatchSource;
  /** Pairs of noise and images, for methods that learn them: `shufflePairs` of a set of pairs. */
  pairs?: PairBatchSource;
  /** Pairs that the student learns in addition, with any other method. */
  regression?: RegressionArgs;
  /** The distance that the name `lpips` stands for. */
  perceptual?: Distance;
  /**
   * A generator to train further, in place of a copy of the teacher: a student, which keeps the noise level of its input, or a GAN. It
   * stays the caller's. `pixels` stands for pictures of noise that are optimized themselves.
   */
  generator?: OneStepGenerator | typeof PICTURES;
  /** A weaker model of the same images, by which a method with `guidance` guides the teacher. Stays the caller's. */
  weaker?: Teacher;
  /** Called after each step. A promise is awaited: a page can draw between steps. */
  onProgress?: (progress: DistillProgress) => unknown;
  /** Stops after the current step, by throwing the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Distills a diffusion model into a one-step generator, in memory. For runs of hours, which have to survive a crash,
 * `onestep distill` keeps a run folder.
 *
 * @returns the generator with averaged weights
 * @throws RangeError naming an option that is not valid or does not fit the teacher, before any work; the signal's reason
 *   if it fires
 */
export async function distill<T extends OptionTable = OptionTable>(args: DistillArgs<T>): Promise<OneStepGenerator> {
  const { teacher, weaker, kimg, data, pairs, regression, perceptual, onProgress, signal } = args;
  const method = typeof args.method === 'string' ? findMethod(args.method) : (args.method as unknown as Method);
  const ownLatents = hasItsOwnLatents(args.generator);
  const options = { ...presetOptions(method, args.preset, ownLatents), ...args.options };
  check(args, method, options);
  const negative = typeof options.negativePrompt === 'string' ? [options.negativePrompt] : [];
  await supplyPrompts(teacher, [...(args.prompts ?? []), ...negative], args.textEncoder);
  const labels = settleLabels(args);
  signal?.throwIfAborted();
  const generator = args.generator && studentOf(args.generator, teacher, options);
  const { initSigma } = typeof args.generator === 'object' ? args.generator.record : {};
  const kept = initSigma !== undefined && Object.hasOwn(method.options, 'initSigma') ? { initSigma } : {};
  const learned = { weaker: weaker?.network, labels, data, pairs, regression, perceptual };
  const task = method.create({ teacher: teacher.network, generator, ...learned, options: { ...options, ...kept } });
  try {
    let images = 0;
    while (images < kimg * 1000) {
      const stats = await task.step(images);
      images += task.batchSize;
      await onProgress?.({ images, kimg: images / 1000, stats });
      signal?.throwIfAborted();
    }
    return openSnapshot(await task.snapshot(), teacher, method);
  } finally {
    task.dispose();
  }
}

/** @throws RangeError if prompts do not fit the teacher, or come with labels */
function settleLabels<T extends OptionTable>({
  teacher,
  labels,
  prompts,
}: Pick<DistillArgs<T>, 'teacher' | 'labels' | 'prompts'>): TrainingLabels | undefined {
  if (prompts === undefined) return labels;
  if (labels !== undefined) throw new RangeError('Pass labels or prompts, but not both.');
  return promptLabels(teacher, prompts);
}

/** Opens a snapshot as its file would be: what a generator is, its file says. */
function openSnapshot(
  contents: Parameters<typeof describeSnapshot>[1],
  teacher: Teacher,
  method: Method,
): OneStepGenerator {
  const file = describeSnapshot(`${method.name} generator of ${teacher.name}`, contents);
  const opened = buildNetwork(file);
  return new OneStepGenerator(opened, createGenerator(opened, { methods: [method] })!);
}

function check(
  { teacher, kimg, data, pairs, generator }: Pick<DistillArgs, 'teacher' | 'kimg' | 'data' | 'pairs' | 'generator'>,
  method: Method,
  options: Record<string, unknown>,
): void {
  if (!(teacher instanceof Teacher)) throw new TypeError('teacher must be a diffusion model from loadTeacher.');
  if (!(kimg > 0 && kimg < Infinity)) throw new RangeError(`kimg must be a number above 0, not ${kimg}.`);
  const needs = needsOf(method, method.settle(options));
  if (needs.includes('labels') && teacher.labelDim === 0) {
    throw new RangeError(`${method.title} needs labels, and ${teacher.name} is unconditional.`);
  }
  if (needs.includes('images') && data === undefined) {
    throw new RangeError(`${method.title} needs images: pass them as data.`);
  }
  if (needs.includes('pairs') && pairs === undefined) {
    throw new RangeError(`${method.title} needs pairs of noise and images: pass them as pairs.`);
  }
  if (needs.includes('student') && generator === undefined) {
    throw new RangeError(
      `${method.title} with these options needs a student that was trained before: pass it as generator.`,
    );
  }
}

function hasItsOwnLatents(generator: DistillArgs['generator']): boolean {
  return generator === PICTURES || (generator !== undefined && hasOwnLatents(generator.generator));
}

/** What is trained: a copy, or new pictures. @throws RangeError if the generator's kind cannot be trained */
function studentOf(
  source: OneStepGenerator | typeof PICTURES,
  teacher: Teacher,
  { seed = 0 }: { seed?: unknown },
): Generator {
  if (source === PICTURES) return createPictures(teacher.network, Number(seed));
  const { name, generator } = source;
  if ('clone' in generator) return (generator as Generator & { clone(): Generator }).clone();
  throw new RangeError(
    `${name} cannot be trained further: leave \`generator\` out, and a copy of the teacher is trained.`,
  );
}

/** The settings of a preset: without the noise level of the student's input, if it has latents of its own. */
function presetOptions(
  { name, presets }: Method,
  preset: string | undefined,
  ownLatents: boolean,
): Record<string, unknown> {
  if (preset === undefined) return {};
  if (!Object.hasOwn(presets, preset)) {
    const known = Object.keys(presets).join(', ') || 'none';
    throw new RangeError(`${name} has no preset "${preset}"; its presets: ${known}.`);
  }
  const { initSigma, ...others } = presets[preset]!.options as Record<string, unknown>;
  return ownLatents || initSigma === undefined ? others : { initSigma, ...others };
}
