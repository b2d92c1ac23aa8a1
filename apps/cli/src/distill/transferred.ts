import {
  areSameImages,
  describeImages,
  type DenoiserNetwork,
  type Generator,
  type Method,
} from '@onestep/diffusion-core';
import { readTrainingOptions } from '@onestep/diffusion-core/node';
import { createGenerator } from 'onestep';
import { openNetwork } from '../networks/load-network.js';
import { statedSettings } from '../options/network-options.js';
import { UserError } from '../user-error.js';
import type { DistillOptions } from './distill-options.js';

/** The generator that a run starts from. */
export interface TransferredGenerator {
  /** Left out where the run starts from a copy of the teacher, or has a state of its own. */
  generator?: Generator;
  /** Noise level of its input, where it is not the one of the method's options. */
  initSigma?: number;
  /** A line for the user, where the file decides against the method's default. */
  note?: string;
}

/**
 * Opens the generator of --transfer. Its file states the noise level of its input, which it keeps unless another one was
 * typed.
 *
 * @param method may have trained it, besides those that come with the program
 * @param given.isThere whether the file is
 * @param given.isStated whether the noise level was typed, or is recorded with the run
 * @throws UserError if its images have another shape than the teacher's
 */
export async function openTransferred(
  options: DistillOptions,
  method: Method,
  methodOptions: Readonly<Record<string, unknown>>,
  { teacher, isThere, isStated }: { teacher: DenoiserNetwork; isThere: boolean; isStated: boolean },
): Promise<TransferredGenerator> {
  const { transfer: source, dropout, fp16: useFp16 } = options;
  if (source === undefined) return {};
  const usual = typeof methodOptions.initSigma === 'number' ? methodOptions.initSigma : undefined;
  // A run that has begun can do without the file: its own state replaces the weights.
  if (options.begun && !isThere) return isStated ? {} : { initSigma: await recordedSigma(options) };
  const settings = statedSettings(options);
  const opened = await openNetwork(source, { dropout, useFp16, settings, sharesSettings: true });
  if (!areSameImages(opened.network, teacher)) {
    const [own, wanted] = [describeImages(opened.network), describeImages(teacher)];
    throw new UserError(`${source} makes ${own}, and the teacher ${wanted}.`);
  }
  const inFile = opened.record?.initSigma;
  const initSigma = isStated && usual !== undefined ? usual : (inFile ?? usual ?? 2.5);
  const generator = createGenerator(opened, { initSigma, methods: [method] })!;
  if (usual === undefined || initSigma === usual) return { generator };
  const note = `${source} is a generator with --init-sigma ${initSigma}, which it keeps; that of ${method.title} is ${usual}.`;
  return { generator, initSigma, note };
}

/** The noise level that the run in the folder was started with. */
async function recordedSigma({ folder }: DistillOptions): Promise<number | undefined> {
  const recorded = folder === null ? null : await readTrainingOptions(folder);
  const { initSigma } = Object(recorded?.command_line) as { initSigma?: unknown };
  return typeof initSigma === 'number' ? initSigma : undefined;
}
