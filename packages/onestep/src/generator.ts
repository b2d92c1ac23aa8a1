import {
  chooseScale,
  generateImages,
  guidanceRangeOf,
  hasClasses,
  nameClasses,
  type Generator,
  type GeneratorRecord,
  type SavedNetwork,
  type StepChoice,
  type TrainableGenerator,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import { withPrecision, type PrecisionOptions } from './bfloat16.js';
import { startEngine, type EngineOptions } from './engine.js';
import type { LoadOptions, NetworkSource } from './files/open-source.js';
import type { StatedSettings, StatedSettingsOptions } from './formats/stated-settings.js';
import { NetworkRoleError, readNetworkFile, type NetworkFile } from './network-file.js';
import {
  addNote,
  buildNetwork,
  createGenerator,
  encodeNetwork,
  type GeneratorOptions,
  type OpenedNetwork,
} from './open-network.js';
import { chooseBatchSize } from './sampling/batch-size.js';
import { sampleInBatches, type SampledImage, type SampleOptions } from './sampling/sample-in-batches.js';
import { settleSteps } from './sampling/settle-steps.js';

/** Options of {@link OneStepGenerator.sample}: which images, and in how many steps. */
export interface GeneratorSampleOptions extends SampleOptions, StepChoice {
  /** Scale of guidance, within {@link OneStepGenerator.guidanceRange}. Left out, that which the generator was loaded with. */
  guidance?: number;
}

/** Options of {@link loadGenerator}. */
export interface LoadGeneratorOptions
  extends LoadOptions, EngineOptions, GeneratorOptions, StatedSettingsOptions, PrecisionOptions {}

/**
 * Loads a one-step generator, and starts an engine if none is running.
 *
 * @param source `'fashion-mnist'`, a path (in Node), a URL, the bytes of a file, or a `File`
 * @throws CheckpointError naming the file if it is missing or damaged; NetworkRoleError if it holds a diffusion model; RangeError if an option is
 *   not valid, or there is no model of this name; BackendError if no engine starts
 */
export async function loadGenerator(
  source: NetworkSource,
  options: LoadGeneratorOptions = {},
): Promise<OneStepGenerator> {
  const { initSigma: stated } = options;
  if (stated !== undefined && !(stated > 0)) {
    throw new RangeError(`initSigma must be a number above 0, not ${stated}.`);
  }
  const found = await readNetworkFile(source, 'generator', options);
  const { file, initSigma } = settleRole(found, stated);
  if (file.role === 'teacher' && initSigma === undefined) {
    const wayOut = 'load it with loadTeacher, or pass initSigma to use a single step of it';
    throw new NetworkRoleError(file.name, file.role, `it is a diffusion model, not a one-step generator; ${wayOut}`);
  }
  await startEngine(options);
  const record = initSigma === undefined ? file.generator : { ...file.generator, initSigma };
  const built = buildNetwork({ ...file, role: 'generator', generator: record });
  try {
    const opened = await withPrecision(built, options);
    return new OneStepGenerator(opened, createGenerator(opened, { ...options, initSigma })!);
  } catch (error) {
    built.network.module.dispose();
    throw error;
  }
}

/**
 * Decides the noise level of a generator whose file does not say that it is one: the published scripts take the same for all
 * files of the kind.
 *
 * @throws NetworkRoleError if there is no usual noise level, and none is stated
 */
function settleRole(
  file: NetworkFile,
  stated: number | undefined,
): { file: NetworkFile; initSigma: number | undefined } {
  if (file.role !== null || stated !== undefined) return { file, initSigma: stated };
  const usual = file.unstatedRole?.usualInitSigma;
  if (usual === undefined) {
    const what = 'it does not say whether it is a one-step generator or a diffusion model';
    const wayOut =
      'pass initSigma, the noise level of its input (2.5 for SiD, 1 for Diff-Instruct), or load it with loadTeacher';
    throw new NetworkRoleError(file.name, null, `${what}; ${wayOut}`);
  }
  const line = `${file.name} does not say that it is a one-step generator. Taken as one with initSigma ${usual}, as the published scripts do.`;
  return { file: addNote(file, line), initSigma: usual };
}

/** A one-step generator: makes an image in one network evaluation, or in several if it was trained to refine its images. */
export class OneStepGenerator {
  /** The model's file: its path, its address, or the name that was given. */
  readonly name: string;
  /**
   * Names of the classes in label order: `class 0`, `class 1`, ... if the file has no names. Empty if the model is
   * unconditional, or takes label vectors.
   */
  readonly classNames: readonly string[];
  /** What was assumed because the file does not say it, in one line; null if nothing was. */
  readonly note: string | null;
  /** The settings that may be stated in place of what was assumed: `settings` of {@link LoadGeneratorOptions}. */
  readonly assumed: readonly (keyof StatedSettings)[];
  /** One level below: tensors in and out, `generate(z, labels)` and `sampleLatents(rng, n)`. */
  readonly generator: Generator;
  /** The network behind the generator. */
  readonly network: SavedNetwork;
  private readonly opened: OpenedNetwork;

  /** @internal */
  constructor(opened: OpenedNetwork, generator: Generator) {
    this.name = opened.name;
    this.note = opened.note;
    this.assumed = opened.assumed;
    this.network = opened.network;
    const { labelDim } = this;
    this.classNames = hasClasses(this) ? nameClasses(labelDim, opened.classNames) : [];
    this.generator = generator;
    this.opened = opened;
  }

  /** Height and width of the images, in pixels. */
  get resolution(): number {
    return this.generator.imgResolution;
  }

  /** Channels of the images: 1 for grayscale, 3 for RGB. */
  get channels(): number {
    return this.generator.imgChannels;
  }

  /** What its file says of the generator: its noise level, the method that trained it, and the method's settings. */
  get record(): Readonly<Partial<GeneratorRecord>> {
    return { ...this.opened.record };
  }

  /** Length of a label vector; 0 if the model is unconditional. */
  get labelDim(): number {
    return this.network.labelDim;
  }

  /** The labels that it was trained on; undefined if its file does not state them. */
  get labels(): TrainingLabels | undefined {
    return this.network.labels;
  }

  /** The lowest and the highest scale of guidance that it takes; null where it has no input for the scale. */
  get guidanceRange(): readonly [low: number, high: number] | null {
    return guidanceRangeOf(this.generator);
  }

  /** Images in a network call, unless {@link SampleOptions.batch} is given. */
  get batchSize(): number {
    return chooseBatchSize(this.network.module, this.resolution);
  }

  /**
   * The noise levels of the steps in which images are made, one network evaluation each; null for one step.
   *
   * @throws RangeError naming what does not fit, such as more than one step of a generator that was trained for one
   */
  levelsOf(choice: StepChoice): readonly number[] | null {
    return settleSteps(this, choice);
  }

  /**
   * Samples images, one network evaluation per step.
   *
   * @returns one image per seed: the pixels that `onestep generate` writes for the seed and the class on the same engine
   * @throws RangeError naming a seed, a class, steps or a scale that are not valid, before any work; the signal's reason if it fires
   */
  async sample({ steps, levels, guidance, ...options }: GeneratorSampleOptions): Promise<SampledImage[]> {
    const generator = guidance === undefined ? this.generator : chooseScale(this.generator, guidance);
    const settled = this.levelsOf({ steps, levels }) ?? undefined;
    return sampleInBatches(this, options, ({ onProgress: _, ...group }) =>
      generateImages({ generator, levels: settled, ...group }),
    );
  }

  /** Encodes the generator as a safetensors file, which {@link loadGenerator} and the command line read. */
  toBytes(): Promise<Uint8Array> {
    return encodeNetwork(this.opened);
  }

  /** Frees the memory of the network. */
  dispose(): void {
    const { module = this.network.module } = this.generator as Partial<TrainableGenerator>;
    module.dispose();
  }
}
