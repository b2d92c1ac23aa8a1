import { readPrompts } from '@onestep/datasets';
import { describePrompts, promptLabels, type Labeled, type TrainingLabels } from '@onestep/diffusion-core';
import type { LabelOptions, Typed } from '../options/label-options.js';
import { describeError, UserError } from '../user-error.js';
import { nameEncoderFlags } from './text-encoder.js';

/** Reads the prompts of --prompts. @throws UserError naming the file if there are none, or it is of another kind */
export async function readPromptFile(path: string): Promise<string[]> {
  try {
    return await readPrompts(path);
  } catch (error) {
    throw new UserError(`--prompts: ${describeError(error)}`);
  }
}

/** Options with the prompts of the file that was typed. @throws UserError as {@link readPromptFile} */
export async function withPrompts<T extends LabelOptions>(typed: Typed<T>): Promise<T> {
  const { prompts } = typed;
  return { ...typed, prompts: prompts === undefined ? undefined : await readPromptFile(prompts) } as T;
}

/**
 * The labels that prompts are, to draw from.
 *
 * @param flag that they were given by
 * @returns `notes` are lines for the user about words that the network does not know
 * @throws UserError if the network does not take captions, or knows no word of one
 */
export function openPrompts(
  network: Labeled,
  prompts: readonly string[],
  flag = '--prompts',
): { labels: TrainingLabels; notes: string[] } {
  try {
    return { labels: promptLabels(network, prompts), notes: describePrompts(network, prompts) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(`${flag}: ${nameEncoderFlags(error.message)}`);
  }
}

/** @throws UserError if labels have to be drawn, and the network takes captions of which none are known */
export function checkCaptionsKnown({ labelDim }: Labeled, labels: TrainingLabels | undefined, give: string): void {
  if (labelDim === 0 || labels?.kind !== 'captions' || labels.captions !== undefined) return;
  throw new UserError(`The network takes captions, and its file has none to draw from: give ${give}.`, 2);
}
