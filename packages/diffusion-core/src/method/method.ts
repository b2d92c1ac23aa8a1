import type { StateDict } from '@onestep/checkpoint';
import type { TrainingLabels } from '../conditions/training-labels.js';
import type { Denoiser, DenoiserNetwork } from '../denoiser.js';
import type { Distance } from '../distances/distance.js';
import type { Augmentation } from '../distillation/augmentation.js';
import type { RegressionArgs } from '../distillation/regression.js';
import type { Generator } from '../generator.js';
import { hasOwnLatents } from '../generators/own-latents.js';
import { checkGuidanceOptions, warnOfGuidance } from '../guidance/guidance-options.js';
import type { TrainingCost } from '../network-cost.js';
import { checkPairGuidance } from '../pairs/pair-guidance.js';
import type { PairBatchSource } from '../pairs/pair-batch-source.js';
import type { Communicator } from '../processes/communicator.js';
import { encodeTheirCaptions } from '../training/captioned-batches.js';
import type { ImageBatchSource } from '../training/image-batch-source.js';
import type { DistillationMethod } from './distillation-method.js';
import { settleOptions, type OptionsOf, type OptionTable } from './option-table.js';

/** Arguments of a distillation. */
export interface MethodArgs<O> {
  /** Remains the caller's, and must live as long as the distillation. */
  teacher: Denoiser;
  /**
   * The student to train, which the distillation takes over. Left out, a copy of the teacher as a one-step
   * generator.
   */
  generator?: Generator;
  /**
   * For methods with a fake score network: that network, which the distillation takes over. Left out, a copy of
   * the teacher.
   */
  fakeScore?: DenoiserNetwork;
  /** A weaker network of the same images, by which a method with `guidance` guides the teacher. It remains the caller's. */
  weaker?: Denoiser;
  /** The labels to draw, such as those of a data set. Left out, the labels that the teacher was trained on. */
  labels?: TrainingLabels;
  /** Transforms the images that a fake score network learns. */
  augmentation?: Augmentation | null;
  /**
   * Real images, for methods that need them. For a teacher that takes captions, their captions are encoded as the teacher's are, or
   * they come with labels that were encoded before.
   */
  data?: ImageBatchSource;
  /** Pairs of noise and the teacher's image, for methods that learn them. */
  pairs?: PairBatchSource;
  /** Pairs that the student learns in addition, with any method. */
  regression?: RegressionArgs;
  /** The processes that share each batch. Left out, this one alone. */
  communicator?: Communicator;
  /** A perceptual distance of the caller's, which the name `lpips` stands for. */
  perceptual?: Distance;
  /** Options that are left out, or undefined, have the method's defaults. */
  options?: Partial<O>;
}

/** Named settings of a method. */
export interface MethodPreset<O> {
  /** Purpose, in one line. */
  about: string;
  options: Partial<O>;
  /** Name of the teacher of a published run. */
  teacher?: string;
  /** Address of the student that a published run began with, in place of a copy of the teacher. */
  transfer?: string;
  /** Dropout rate of the student and of the fake score network. */
  dropout?: number;
  /** Probability of each augmentation of the images that the fake score network learns. */
  augment?: number;
  /** Whether the networks multiply in half precision on engines that have it. */
  fp16?: boolean;
  /** Length of the run, in thousands of images. */
  totalKimg?: number;
  /** Thousand images between two reports. */
  tickKimg?: number;
  /** Ticks between two snapshots. */
  snapshotTicks?: number;
  /** Ticks between two training states. */
  stateTicks?: number;
  /** Metrics of every snapshot. */
  metrics?: readonly string[];
}

/**
 * What a method needs besides a teacher. A method that needs nothing is data-free. `student` is a generator that was trained before,
 * in place of a copy of the teacher.
 */
export type MethodNeed = 'labels' | 'images' | 'pairs' | 'student';

/** The contents of a generator file, for {@link MethodDefinition.openGenerator}. */
export interface OpenedGenerator {
  network: DenoiserNetwork;
  /** The file's entry on its generator: `initSigma` and the method's own settings. */
  record: Readonly<Record<string, unknown>> & { initSigma: number };
  /** Tensors of the file that are not the network's. */
  tensors: StateDict;
}

/** Input of {@link defineMethod}: everything that is particular to a method. */
export interface MethodDefinition<T extends OptionTable, D extends DistillationMethod = DistillationMethod> {
  /** Name on the command line and in files, in kebab case: `sid`. */
  name: string;
  /** Name in text: `SiD: score identity distillation`. */
  title: string;
  /** Citation: `Zhou et al. 2024`. */
  paper: string;
  /** One sentence on how it works. */
  about: string;
  /** One row per option. */
  options: T;
  /** Published runs, and settings for other lengths: `small` for some thousand images on a CPU. */
  presets?: Readonly<Record<string, MethodPreset<OptionsOf<T>>>>;
  /** Settings that a comparison shows side by side, by the names it gives them. Left out, the method alone. */
  variants?: Readonly<Record<string, Partial<OptionsOf<T>>>>;
  /** What it needs, with its default options. */
  needs: readonly MethodNeed[];
  /** What it needs with other options, where that depends on them. Left out, `needs`. */
  needsWith?(options: OptionsOf<T>): readonly MethodNeed[];
  /** What a run holds and computes, for estimates of its memory and time. Left out, that of SiD. */
  trains?: TrainingCost;
  /** The same for some options and a student that is not a copy of the teacher, in place of `trains`, where that depends on them. */
  trainsWith?(options: OptionsOf<T>, student?: Generator): TrainingCost;
  /** Statistics on a line of progress, with the short names they get there. */
  shown: Readonly<Record<string, string>>;
  /** The statistic that shows progress best: its name in text, and how to read it, in one or two sentences. */
  progress: { statistic: string; name: string; about: string };
  /**
   * The options in the name of a run's folder, as one word.
   *
   * @param precision that the networks were asked for, as published names spell it
   */
  tag?(options: OptionsOf<T>, precision: 'fp16' | 'fp32'): string;
  /** Ticks with a snapshot besides those that are due by their number. */
  snapshotTicks?: readonly number[];
  /** Settings of a run that the method has no use for, each with the reason. */
  ignores?: { dropout?: string; augment?: string };
  /** Why it has no option `guidance`, and what to do instead: a sentence. Left out where it has one. */
  noGuidance?: string;
  /**
   * Checks options against each other.
   *
   * @throws RangeError naming those that do not fit
   */
  check?(options: OptionsOf<T>): void;
  /** A warning about options that are allowed but work badly with this teacher, or with a weaker network that guides it. */
  warn?(options: OptionsOf<T>, teacher: Denoiser, weaker?: Denoiser): string | undefined;
  /**
   * Whether its generators may refine their images in further steps (`generate --steps`): they add noise of a lower level, and
   * denoise again, or they do what `openGenerator` gives them. Left out, they make an image in one step only.
   */
  severalSteps?: boolean;
  /**
   * Whether it trains generators with latents of their own, such as GANs: its losses see nothing of a generator but its images. Left
   * out, it trains only those that take images of noise, as a denoiser does.
   */
  ownLatents?: boolean;
  /** Makes a generator from a file that holds more than a network. Left out, G(z) = D(sigma_init z; sigma_init). */
  openGenerator?(file: OpenedGenerator): Generator;
  /**
   * Starts a distillation.
   *
   * @param args with complete, checked options
   * @throws RangeError naming an option that does not fit the others or the teacher
   */
  create(args: MethodArgs<OptionsOf<T>> & { options: OptionsOf<T> }): D;
}

/** A distillation method as a value: everything that the command line, the pages, a comparison or a program needs. */
export interface Method<
  T extends OptionTable = OptionTable,
  D extends DistillationMethod = DistillationMethod,
> extends Omit<MethodDefinition<T, D>, 'create' | 'presets' | 'variants'> {
  readonly presets: Readonly<Record<string, MethodPreset<OptionsOf<T>>>>;
  readonly variants: Readonly<Record<string, Partial<OptionsOf<T>>>>;
  /**
   * Starts a distillation.
   *
   * @throws RangeError naming an option that is unknown, not allowed, or does not fit the others or the teacher
   */
  create(args: MethodArgs<OptionsOf<T>>): D;
  /**
   * Completes options with the defaults.
   *
   * @throws RangeError naming one that is unknown, or not allowed
   */
  settle(options: Partial<OptionsOf<T>>): OptionsOf<T>;
}

/**
 * Declares a distillation method.
 *
 * @throws TypeError naming what the definition lacks
 */
export function defineMethod<T extends OptionTable, D extends DistillationMethod>(
  definition: MethodDefinition<T, D>,
): Method<T, D> {
  checkDefinition(definition);
  const { options: table, presets = {}, variants = { [definition.name]: {} } } = definition;
  const settle = (given: Partial<OptionsOf<T>>) => {
    const options = settleOptions(table, given);
    checkGuidanceOptions(table, options);
    definition.check?.(options);
    return options;
  };
  return {
    ...definition,
    presets,
    variants,
    settle,
    warn: (options, teacher, weaker) =>
      definition.warn?.(options, teacher, weaker) ?? (isGuided(options) ? warnOf(options, teacher, weaker) : undefined),
    create(args) {
      if (args.generator !== undefined) checkLatents(definition, args);
      const { teacher, weaker, regression } = args;
      const options = settle(args.options ?? {});
      checkGuidanceOptions(table, options, weaker !== undefined);
      if (regression !== undefined) checkPairGuidance(regression.pairs.guidance, options, { teacher, weaker });
      const data = args.data && encodeTheirCaptions(args.data, teacher);
      const task = definition.create({ ...args, data, options });
      if (regression === undefined || task.regression !== undefined) return task;
      task.dispose();
      throw new RangeError(`The method ${definition.name} learns no other pairs: leave \`regression\` out.`);
    },
  };
}

function warnOf(options: Readonly<Record<string, unknown>>, teacher: Denoiser, weaker?: Denoiser): string | undefined {
  return warnOfGuidance(teacher, weaker, options.negativePrompt as string | null | undefined);
}

function isGuided(options: Readonly<Record<string, unknown>>): boolean {
  return (options.guidance ?? null) !== null;
}

/**
 * What a method needs besides a teacher.
 *
 * @param options complete options; left out, the defaults
 */
export function needsOf(method: Method, options?: Readonly<Record<string, unknown>>): readonly MethodNeed[] {
  return options === undefined ? method.needs : (method.needsWith?.(options) ?? method.needs);
}

/**
 * Whether a value, such as the default export of a file, was made by {@link defineMethod}.
 *
 * @internal
 */
export function isMethod(value: unknown): value is Method {
  const method = Object(value) as Partial<Method>;
  return typeof method.settle === 'function' && typeof method.create === 'function' && typeof method.name === 'string';
}

/**
 * Checks that a method, with what it learns from, can train a generator.
 *
 * @throws RangeError if the generator has latents of its own, and something needs images of noise, or their level
 */
function checkLatents(
  { title, ownLatents = false }: Pick<Method, 'title' | 'ownLatents'>,
  { generator, regression, options }: MethodArgs<object>,
): void {
  if (!hasOwnLatents(generator!)) return;
  const what = 'This generator has latents of its own, and does not begin with an image of noise';
  if (!ownLatents) {
    throw new RangeError(`${what}: ${title} cannot train it. Methods such as diff-instruct and sid can.`);
  }
  if (regression !== undefined) {
    throw new RangeError(`${what}: it cannot learn pairs of noise and images. Leave \`regression\` out.`);
  }
  if ((options as { initSigma?: unknown } | undefined)?.initSigma !== undefined) {
    throw new RangeError(`${what}, so initSigma has no meaning: leave it out.`);
  }
}

function checkDefinition({ name, options, create, needs, shown, progress }: MethodDefinition<OptionTable>): void {
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new TypeError(`A method's name is in kebab case, such as my-method, not ${JSON.stringify(name)}.`);
  }
  for (const [field, value] of Object.entries({ options, create, needs, shown, progress })) {
    if (value === undefined) throw new TypeError(`The definition of the method ${name} has no ${field}.`);
  }
  for (const [option, row] of Object.entries(options)) {
    if (typeof row.check?.accepts !== 'function' || row.help === undefined || row.default === undefined) {
      throw new TypeError(`The option ${option} of the method ${name} needs a default, a check and help.`);
    }
  }
}
