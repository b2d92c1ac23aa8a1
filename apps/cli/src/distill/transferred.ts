import {
  areSameImages,
  describeImages,
  hasOwnLatents,
  isDenoiser,
  isSynthesisGenerator,
  type DenoiserNetwork,
  type Generator,
  type Method,
  type SavedNetwork,
} from '@onestep/diffusion-core';
import { readTrainingOptions } from '@onestep/diffusion-core/node';
import { createPictures, METHODS, PICTURES, type OpenedNetwork } from 'onestep';
import { findRunSnapshot } from 'onestep/node';
import { generatorOf, openNetwork } from '../networks/load-network.js';
import { statedSettings } from '../options/network-options.js';
import { UserError } from '../user-error.js';
import type { DistillOptions } from './distill-options.js';

/** The generator that a run starts from. */
export interface TransferredGenerator {
  /** Left out where the run starts from a copy of the teacher, or has a state of its own. */
  generator?: Generator;
  /** Noise level of its input, where it is not the one of the method's options; null for one with latents of its own. */
  initSigma?: number | null;
  /** A line for the user, where the file decides against the method's default. */
  note?: string;
}

/** How {@link openTransferred} opens the generator. */
interface TransferPlace {
  teacher: DenoiserNetwork;
  /** Whether the file is there. */
  isThere: boolean;
  /** Whether the noise level was typed, or is recorded with the run. */
  isStated: boolean;
  /** Whether the noise level was typed. Default: false. */
  isTyped?: boolean;
}

/**
 * Opens the generator of --transfer, or --generator. The file of a student states the noise level of its input, which it keeps unless
 * another one was typed. A GAN has none, and `pixels` are pictures of noise.
 *
 * @param method may have trained it, besides those that come with the program
 * @throws UserError if its images have another shape than the teacher's, or the method cannot train it
 */
export async function openTransferred(
  options: DistillOptions,
  method: Method,
  methodOptions: Readonly<Record<string, unknown>>,
  place: TransferPlace,
): Promise<TransferredGenerator> {
  const { transfer: source, dropout, fp16: useFp16, noiseMode } = options;
  const { teacher, isThere, isStated } = place;
  if (source === PICTURES) {
    if (noiseMode !== undefined)
      throw new UserError(`${PICTURES} are pictures, and --noise-mode is for a GAN: leave it out.`, 2);
    return ownLatents(createPictures(teacher, options.seed), method, options, place);
  }
  if (source === undefined) {
    if (noiseMode !== undefined)
      throw new UserError(`--noise-mode is for a GAN: give --generator FILE, or leave it out.`, 2);
    return {};
  }
  const usual = typeof methodOptions.initSigma === 'number' ? methodOptions.initSigma : undefined;
  const open = (path: string) =>
    openNetwork(path, { dropout, useFp16, settings: statedSettings(options), sharesSettings: true });
  // A run that has begun can do without the file: its own state replaces the weights, and a snapshot says what it trains.
  if (options.begun && !isThere) {
    const snapshot = options.folder === null ? null : await findRunSnapshot(options.folder);
    const opened = snapshot === null ? null : await open(snapshot.path);
    const own = opened && openOwn(opened, options);
    if (own !== null) return ownLatents(own, method, options, place);
    opened?.network.module.dispose();
    return isStated ? {} : { initSigma: await recordedSigma(options) };
  }
  const opened = await open(source);
  checkImages(source, opened.network, teacher);
  const own = openOwn(opened, options);
  if (own !== null) return ownLatents(own, method, options, place);
  if (noiseMode !== undefined) {
    throw new UserError(`--noise-mode is for a GAN, and ${source} is made of a denoiser: leave it out.`, 2);
  }
  const inFile = opened.record?.initSigma;
  const initSigma = isStated && usual !== undefined ? usual : (inFile ?? usual ?? 2.5);
  const generator = generatorOf(opened, { initSigma, methods: [method] })!;
  if (usual === undefined || initSigma === usual) return { generator };
  const note = `${source} is a generator with --init-sigma ${initSigma}, which it keeps; that of ${method.title} is ${usual}.`;
  return { generator, initSigma, note };
}

/**
 * Opens a generator with latents of its own to train it: a GAN with new noise in its layers, unless another one was typed, and without
 * truncation.
 *
 * @returns null for a denoiser
 */
export function openOwn(opened: OpenedNetwork, { noiseMode }: Pick<DistillOptions, 'noiseMode'>): Generator | null {
  const { network } = opened;
  if (isDenoiser(network)) return null;
  const isGan = isSynthesisGenerator(network);
  return generatorOf(opened, isGan ? { noise: noiseMode ?? 'random', psi: 1, cutoff: null } : { noise: noiseMode });
}

/** @throws UserError if the method or an option does not fit a generator with latents of its own */
function ownLatents(
  generator: Generator,
  method: Method,
  { transfer, regressionPairs }: DistillOptions,
  { isTyped }: TransferPlace,
): TransferredGenerator {
  const what = `${transfer} has latents of its own, and does not begin with an image of noise`;
  if (hasOwnLatents(generator) && method.ownLatents !== true) {
    const able = METHODS.filter(({ ownLatents }) => ownLatents).map(({ name }) => name);
    throw new UserError(
      `${what}: ${method.title} cannot train it. Leave --generator out to train a copy of the teacher, or take one of ` +
        `the methods ${able.join(', ')}.`,
      2,
    );
  }
  if (isTyped) throw new UserError(`${what}: leave --init-sigma out.`, 2);
  if (regressionPairs !== undefined) {
    throw new UserError(`${what}: it cannot learn pairs of noise and images. Leave --regression-pairs out.`, 2);
  }
  return { generator, initSigma: null };
}

/** @throws UserError if the images or the labels are not the teacher's */
export function checkImages(source: string, network: SavedNetwork, teacher: DenoiserNetwork): void {
  if (areSameImages(network, teacher)) return;
  const [own, wanted] = [describeImages(network), describeImages(teacher)];
  const isOne = network.labelDim === 0 || teacher.labelDim === 0;
  const differsInLabels = areSameImages({ ...shapeOf(network), labelDim: 0 }, { ...shapeOf(teacher), labelDim: 0 });
  const isOfCaptions = [network, teacher].some(({ labels }) => labels?.kind === 'captions');
  const wayOut =
    isOfCaptions && differsInLabels
      ? ' Take a generator that was trained with a teacher of the same captions, or leave --generator out to train a copy of the teacher.'
      : isOne && differsInLabels
        ? ' Both have to be conditional, with the same classes, or both unconditional: take a teacher that was trained as the generator was.'
        : '';
  throw new UserError(`${source} makes ${own}, and the teacher ${wanted}.${wayOut}`);
}

function shapeOf({ imgResolution, imgChannels }: SavedNetwork): { imgResolution: number; imgChannels: number } {
  return { imgResolution, imgChannels };
}

/** The noise level that the run in the folder was started with. */
async function recordedSigma({ folder }: DistillOptions): Promise<number | undefined> {
  const recorded = folder === null ? null : await readTrainingOptions(folder);
  const { initSigma } = Object(recorded?.command_line) as { initSigma?: unknown };
  return typeof initSigma === 'number' ? initSigma : undefined;
}
