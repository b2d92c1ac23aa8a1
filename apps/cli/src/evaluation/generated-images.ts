import {
  ALONE,
  describeScale,
  generateImages,
  guidedEvaluations,
  guideDenoiser,
  isDenoiser,
  isSynthesisGenerator,
  requireDenoiser,
  sampleImages,
  SAMPLERS,
  shareOf,
  toUint8,
  type ClassChoice,
  type Denoiser,
  type Generator,
  type Guidance,
  type NoiseMode,
  type SamplerName,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import type { OpenedNetwork } from 'onestep';
import { supplyText } from '../networks/text-encoder.js';
import { generatorOf, openNetwork, type GeneratorOptions } from '../networks/load-network.js';
import { chosenLevels } from '../networks/chosen-levels.js';
import { adviseSampling } from '../memory/advise-sampling.js';
import { statedSettings, unstatedRole, type NetworkOptions } from '../options/network-options.js';
import { openGuidance, settleGuidance, type GuidanceCommandOptions } from '../options/guidance-options.js';
import { currentPlace } from '../networks/network-source.js';
import { UserError } from '../user-error.js';
import type { SynthesisOptions } from '../options/synthesis-options.js';
import type { TextEncoderOptions } from '../options/text-encoder-options.js';
import type { ImageFormat } from './detector.js';
import { randomLabels, type RandomLabelOptions } from './random-labels.js';
import type { EvaluatedImages, ImageRequest, OpenedImages } from './trials.js';

/** Chooses the labels of images. @param seeds of the images */
export type LabelsOfSeeds = (seeds: readonly number[]) => ClassChoice;

/** Options of {@link studentImages}. */
export interface StudentImagesOptions {
  /** Largest number of images at a time. */
  batch?: number;
  /** Where labels are drawn from. Left out, the labels that the network was trained on. */
  drawnFrom?: TrainingLabels;
  /** Chooses the labels of the images with these seeds. Left out, they are drawn. */
  choose?: LabelsOfSeeds;
  /** Noise levels of the generator's steps. Left out, one step. */
  levels?: readonly number[];
}

/** Options of {@link teacherImages}. */
export interface TeacherImagesOptions extends Omit<StudentImagesOptions, 'levels'> {
  /** Steps of the sampler. */
  steps: number;
  /** Left out, the EDM sampler. */
  sampler?: SamplerName;
  /** Left out, none. It takes two network evaluations in place of one. */
  guidance?: Guidance;
}

/** Options of {@link openImageNetwork}: how a network generates images. */
export interface ImageNetworkOptions
  extends
    GeneratorOptions,
    NetworkOptions,
    SynthesisOptions,
    TextEncoderOptions,
    Omit<GuidanceCommandOptions, 'guidance'> {
  /** Steps of a one-step generator, by default 1, or of the EDM sampler of a diffusion model, by default 18. */
  steps?: number;
  /** Noise levels of a one-step generator's steps. */
  levels?: readonly number[];
  batch: number;
  /** Whether published students, which do not say what they are, are sampled as the published scripts do. Default: false. */
  asPublished?: boolean;
}

/** Options of {@link networkImages}. */
export interface NetworkImagesOptions extends ImageNetworkOptions, RandomLabelOptions {}

/** Where the labels of images come from. */
export type ChosenLabels = Pick<StudentImagesOptions, 'drawnFrom' | 'choose'>;

/** A network that makes images. */
export interface ImageNetwork {
  network: OpenedNetwork['network'];
  /** Names of its classes; null if its file has none. */
  classNames: readonly string[] | null;
  /** Lines for the user about how images are generated. */
  notes: string[];
  /** Its images, with these labels. */
  images(labels: ChosenLabels): GeneratedImages;
}

/** Images that are generated as they are read, for any extractor. */
export interface GeneratedImages extends EvaluatedImages {
  format: ImageFormat;
  open(request: ImageRequest): OpenedImages;
}

/** Images of the network in a file. */
export interface NetworkImages extends EvaluatedImages {
  labelDim: number;
  /** Lines for the user about how they are generated. */
  notes: string[];
}

const BATCH = 64;
/** Steps of the EDM sampler where none are given, as published for CIFAR-10. */
const DEFAULT_STEPS = 18;

/** Network evaluations per image of the EDM sampler: Heun's method takes two per step, except for the last step. */
export function evaluationsOf(steps: number): number {
  return 2 * steps - 1;
}

/** `1 network evaluation`, `4 network evaluations`. */
export function describeEvaluations(count: number): string {
  return `${count} network evaluation${count === 1 ? '' : 's'}`;
}

/** Images of a one-step generator, in one step or several, with random labels. @param name of the generator, for reports */
export function studentImages(
  name: string,
  generator: Generator,
  { batch = BATCH, drawnFrom, choose, levels }: StudentImagesOptions = {},
): GeneratedImages {
  return {
    format: generator,
    description: `by ${name}, ${describeEvaluations(levels?.length ?? 1)} each`,
    open: (request) =>
      openBatches(request, batch, async (seeds) => {
        request.signal.throwIfAborted();
        return toUint8(await generateImages({ generator, seeds, drawnFrom, ...choose?.(seeds), levels }), name);
      }),
  };
}

/** Images of a diffusion model, with random labels. @param name of the model, for reports */
export function teacherImages(
  name: string,
  denoiser: Denoiser,
  { steps, sampler = 'heun', batch = BATCH, drawnFrom, choose, guidance }: TeacherImagesOptions,
): GeneratedImages {
  const guided = guidance === undefined ? denoiser : guideDenoiser(denoiser, guidance);
  const evaluations = guidedEvaluations(guidance) * SAMPLERS[sampler].evaluations(steps);
  const scale = guidance === undefined ? '' : ` with guidance ${describeScale(guidance.scale)}`;
  return {
    format: denoiser,
    description: `by ${name}${scale}, ${describeEvaluations(evaluations)} each`,
    open: (request) =>
      openBatches(request, batch, async (seeds, onProgress) => {
        const onStep = (step: number, last: number) => onProgress((seeds.length * step) / last);
        const { signal } = request;
        const labels = { drawnFrom, ...choose?.(seeds) };
        const path = { sampler, options: { steps } };
        const sampled = await sampleImages({ denoiser: guided, seeds, ...labels, ...path, signal, onStep });
        return toUint8(sampled.images, name);
      }),
  };
}

/**
 * Opens the network in a file to make images: a one-step generator, or a diffusion model with the EDM sampler.
 *
 * @throws UserError if neither the file nor the options say which it is, or the steps or the guidance do not fit it
 */
export async function openImageNetwork(
  path: string,
  { steps, levels, batch, asPublished = false, ...given }: ImageNetworkOptions,
): Promise<ImageNetwork> {
  const guided = settleGuidance(given);
  const loaded = await openNetwork(path, { settings: statedSettings(given) });
  const options = { ...given, psi: given.trunc, noise: given.noiseMode ?? usualNoise(loaded) };
  const usual = asPublished && steps === undefined ? loaded.unstatedRole?.usualInitSigma : undefined;
  const isStated = loaded.role !== null || options.initSigma !== undefined || steps !== undefined;
  if (!isStated && usual === undefined) throw unstatedRole(path);
  const notes = isStated ? [] : [takenAsStudent(path, usual!)];
  const generator = generatorOf(loaded, isStated ? options : { ...options, initSigma: usual });
  const warning = adviseSampling(loaded.network.cost, batch, (fits) => `--batch ${fits} fits.`);
  if (warning !== null) notes.push(warning);
  const about = { network: loaded.network, classNames: loaded.classNames, notes };
  if (generator !== null) {
    checkOfGenerator(path, given);
    const settled = chosenLevels({ ...loaded, generator }, { steps, levels });
    const images = (labels: ChosenLabels) => studentImages(path, generator, { batch, levels: settled, ...labels });
    return { ...about, images };
  }
  if (levels !== undefined) {
    throw new UserError(
      `--levels are those of a one-step generator, and ${path} is a diffusion model: give --steps.`,
      2,
    );
  }
  const denoiser = requireDenoiser(loaded.network);
  const guidanceNetwork = given.guidanceNetwork && (await currentPlace(given.guidanceNetwork));
  if (guided.negativePrompt !== null) await supplyText(denoiser, given, [guided.negativePrompt]);
  const { guidance, warning: unseen } = (await openGuidance(guided, { guidanceNetwork }, denoiser)) ?? {};
  if (unseen !== undefined) notes.push(unseen);
  const images = (labels: ChosenLabels) =>
    teacherImages(path, denoiser, { steps: steps ?? DEFAULT_STEPS, batch, guidance, ...labels });
  return { ...about, images };
}

/** @throws UserError naming an option that guides a diffusion model, and not a generator */
function checkOfGenerator(path: string, options: Omit<GuidanceCommandOptions, 'guidance'>): void {
  const names = Object.keys(TEACHER_ONLY) as (keyof typeof TEACHER_ONLY)[];
  const given = names.find((name) => (options[name] ?? null) !== null);
  if (given === undefined) return;
  const flag = TEACHER_ONLY[given];
  throw new UserError(`${flag} is for a diffusion model, and ${path} is a one-step generator: leave it out.`, 2);
}

/** Options of guidance that a one-step generator does not take, as they are typed. */
const TEACHER_ONLY = {
  guidanceNetwork: '--guidance-network',
  negativePrompt: '--negative-prompt',
  guidanceInterval: '--guidance-interval',
  guidanceLimit: '--guidance-limit',
} as const;

/** Images of the network in a file, with labels that are drawn: see {@link openImageNetwork}. */
export async function networkImages(
  path: string,
  { data, prompts, classProbabilities, ...options }: NetworkImagesOptions,
): Promise<NetworkImages> {
  const { network, classNames, notes, images } = await openImageNetwork(path, options);
  const { textEncoder, textPooling } = options;
  const labels = { data, prompts, textEncoder, textPooling, classProbabilities };
  const { drawnFrom, notes: ofLabels } = await randomLabels(network, classNames, labels);
  return { ...images({ drawnFrom }), labelDim: network.labelDim, notes: [...ofLabels, ...notes] };
}

/**
 * The noise in the layers of a GAN that metrics are published with: new for each image. One that a method trained further has that of
 * its training, which its file says.
 */
function usualNoise({ network, record }: OpenedNetwork): NoiseMode | undefined {
  const isGan = !isDenoiser(network) && isSynthesisGenerator(network);
  return isGan && record?.method === undefined ? 'random' : undefined;
}

function takenAsStudent(path: string, initSigma: number): string {
  return (
    `${path} does not say that it is a one-step generator. Taken as one with --init-sigma ${initSigma}, as the published ` +
    'scripts do. For a diffusion model, give --steps 18.'
  );
}

/**
 * Splits seeds into batches of at most `size`, as evenly as possible, like the published generate.py: batches of nearly
 * the same size instead of full ones and a rest.
 */
export function seedBatches(seeds: readonly number[], size: number): number[][] {
  const count = Math.ceil(seeds.length / size);
  const longer = seeds.length % count;
  const start = (index: number) => index * Math.floor(seeds.length / count) + Math.min(index, longer);
  return Array.from({ length: count }, (_, index) => seeds.slice(start(index), start(index + 1)));
}

/**
 * The images of a process: whole batches, which do not depend on the number of processes. Engines round differently in batches of
 * another size.
 *
 * @param make makes a batch of images, uint8; it may call a function with the number of images done
 */
function openBatches(
  { count, firstSeed, onProgress, communicator = ALONE }: ImageRequest,
  batch: number,
  make: (seeds: readonly number[], onProgress: (done: number) => void) => Promise<Uint8Array>,
): OpenedImages {
  const seeds = Array.from({ length: count }, (_, i) => firstSeed + i);
  const all = seedBatches(seeds, batch);
  const { start, end } = shareOf(all.length, communicator);
  const own = all.slice(start, end);
  return {
    first: all.slice(0, start).flat().length,
    count: own.flat().length,
    batches: (async function* () {
      let done = 0;
      for (const group of own) {
        const images = await make(group, (part) => onProgress?.(done + part));
        onProgress?.((done += group.length));
        yield { images, count: group.length };
      }
    })(),
  };
}
