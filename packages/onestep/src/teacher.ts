import {
  encodePrompts,
  guideDenoiser,
  hasClasses,
  nameClasses,
  requireDenoiser,
  sampleImages,
  type AblationSamplerOptions,
  type DenoiserNetwork,
  type Guidance,
  type SamplerName,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import { withPrecision, type PrecisionOptions } from './bfloat16.js';
import { startEngine, type EngineOptions } from './engine.js';
import type { LoadOptions, NetworkSource } from './files/open-source.js';
import type { StatedSettings, StatedSettingsOptions } from './formats/stated-settings.js';
import { NetworkRoleError, readNetworkFile } from './network-file.js';
import { addNote, buildNetwork, encodeNetwork, type OpenedNetwork } from './open-network.js';
import { chooseBatchSize } from './sampling/batch-size.js';
import { sampleInBatches, type SampledImage, type SampleOptions } from './sampling/sample-in-batches.js';
import { supplyPrompts } from './text/supply-prompts.js';

/** Options of {@link loadTeacher}. */
export interface LoadTeacherOptions extends LoadOptions, EngineOptions, StatedSettingsOptions, PrecisionOptions {
  /** Dropout rate of the networks that are copied from it for training, in place of the file's. */
  dropout?: number;
  /** Whether it multiplies in half precision on engines that have it, and its copies with it, in place of the file's. */
  useFp16?: boolean;
}

/** Options of {@link Teacher.sample}: which images, and those of the sampler. */
export interface TeacherSampleOptions extends SampleOptions, AblationSamplerOptions {
  /** A sampler by its name. Left out, the EDM sampler, or the ablation sampler if one of its options is given. */
  sampler?: SamplerName;
  /** Guidance, which doubles the network evaluations. Left out, none. */
  guidance?: Guidance;
  /** What guidance moves away from, in words, in place of images without a caption. */
  negativePrompt?: string;
}

/**
 * Loads a diffusion model, and starts an engine if none is running.
 *
 * @param source `'fashion-mnist'`, the name of a published network (see `publishedTeacherNames`), a path (in Node), a URL,
 *   the bytes of a file, or a `File`
 * @throws CheckpointError naming the file if it is missing or damaged; NetworkRoleError if it holds a one-step generator; RangeError if there is
 *   no model of this name; BackendError if no engine starts
 */
export async function loadTeacher(source: NetworkSource, options: LoadTeacherOptions = {}): Promise<Teacher> {
  const file = await readNetworkFile(source, 'teacher', options);
  if (file.role === 'generator') {
    const wayOut = 'load it with loadGenerator';
    throw new NetworkRoleError(file.name, file.role, `it is a one-step generator, not a diffusion model; ${wayOut}`);
  }
  await startEngine(options);
  const line = `${file.name} does not say whether it is a diffusion model or a one-step generator. Taken as a diffusion model.`;
  const built = buildNetwork(file.role === null ? { ...addNote(file, line), role: 'teacher' } : file, options);
  try {
    return new Teacher(await withPrecision(built, options));
  } catch (error) {
    built.network.module.dispose();
    throw error;
  }
}

/** A diffusion model: makes an image in many network evaluations, and teaches a one-step generator. */
export class Teacher {
  /** The model's file: its path, its address, or the name that was given. */
  readonly name: string;
  /**
   * Names of the classes in label order: `class 0`, `class 1`, ... if the file has no names. Empty if the model is
   * unconditional, or takes label vectors.
   */
  readonly classNames: readonly string[];
  /** What was assumed because the file does not say it, in one line; null if nothing was. */
  readonly note: string | null;
  /** The settings that may be stated in place of what was assumed: `settings` of {@link LoadTeacherOptions}. */
  readonly assumed: readonly (keyof StatedSettings)[];
  /** One level below: a `Denoiser`, tensors in and out, `denoise(x, sigma, { labels })`. */
  readonly network: DenoiserNetwork;
  private readonly opened: OpenedNetwork;

  /** @internal */
  constructor(opened: OpenedNetwork) {
    this.name = opened.name;
    this.note = opened.note;
    this.assumed = opened.assumed;
    this.network = requireDenoiser(opened.network);
    const { labelDim } = this;
    this.classNames = hasClasses(this) ? nameClasses(labelDim, opened.classNames) : [];
    this.opened = opened;
  }

  /** Height and width of the images, in pixels. */
  get resolution(): number {
    return this.network.imgResolution;
  }

  /** Channels of the images: 1 for grayscale, 3 for RGB. */
  get channels(): number {
    return this.network.imgChannels;
  }

  /** Length of a label vector; 0 if the model is unconditional. */
  get labelDim(): number {
    return this.network.labelDim;
  }

  /** The labels that it was trained on; undefined if its file does not state them. */
  get labels(): TrainingLabels | undefined {
    return this.network.labels;
  }

  /** Images in a network call, unless {@link SampleOptions.batch} is given. */
  get batchSize(): number {
    return chooseBatchSize(this.network.module, this.resolution);
  }

  /**
   * Samples images with the EDM sampler, 2 * steps - 1 network evaluations each, with the ablation sampler if `solver`,
   * `discretization`, `schedule` or `scaling` is given, or with the one that `sampler` names.
   *
   * @returns one image per seed: the pixels that `onestep edm generate` writes for the seed and the class on the same engine
   * @throws RangeError naming an option that is not valid, before any network evaluation; the signal's reason if it fires
   */
  async sample({
    seeds,
    class: choice,
    label,
    prompt,
    textEncoder,
    classProbabilities,
    batch,
    onProgress,
    signal,
    sampler,
    guidance: given,
    negativePrompt,
    ...options
  }: TeacherSampleOptions): Promise<SampledImage[]> {
    if (negativePrompt !== undefined) await supplyPrompts(this, [negativePrompt], textEncoder);
    const guidance = negativePrompt === undefined ? given : this.awayFrom(negativePrompt, given);
    const denoiser = guidance === undefined ? this.network : guideDenoiser(this.network, guidance);
    const wanted = { seeds, class: choice, label, prompt, textEncoder, classProbabilities, batch, onProgress, signal };
    return sampleInBatches(this, wanted, async ({ onProgress: report, ...group }) => {
      const onStep = (done: number, steps: number) => report(done / steps);
      return (await sampleImages({ denoiser, ...group, options, sampler, onStep, signal })).images;
    });
  }

  private awayFrom(negativePrompt: string, guidance: Guidance | undefined): Guidance {
    if (guidance === undefined) {
      throw new RangeError('negativePrompt has no effect without guidance: pass guidance: { scale: 2 }.');
    }
    return { ...guidance, negative: encodePrompts(this, [negativePrompt]) };
  }

  /** Encodes the model as a safetensors file, which {@link loadTeacher} and the command line read. */
  toBytes(): Promise<Uint8Array> {
    return encodeNetwork(this.opened);
  }

  /** Frees the memory of the network. */
  dispose(): void {
    this.network.module.dispose();
  }
}
