import {
  nameLabels,
  supplyCaptions,
  type CaptionEncoder,
  type ExternalEncoderSettings,
  type Labeled,
} from '@onestep/diffusion-core';
import { fitEncoder, scaleEncoder, type EmbeddingTable } from 'onestep';
import { encodeAll, openTextEncoder } from 'onestep/node';
import type { TextEncoderOptions } from '../options/text-encoder-options.js';
import { withProgress } from '../terminal/progress.js';
import { describeError, UserError } from '../user-error.js';

/**
 * Opens the text encoder of --text-encoder.
 *
 * @returns undefined without
 * @throws UserError naming the file and what is wrong with it
 */
export async function openEncoder({
  textEncoder,
  textPooling,
}: TextEncoderOptions): Promise<CaptionEncoder | undefined> {
  if (textEncoder !== undefined) return withEncoderFlags(() => openTextEncoder(textEncoder, { pooling: textPooling }));
  if (textPooling === undefined) return undefined;
  throw new UserError('--text-pooling has no effect without a text encoder: give --text-encoder PATH.', 2);
}

/** Encodes all captions at once, with a progress line. @throws UserError naming captions that cannot be encoded */
export async function encodeWithProgress(
  encoder: CaptionEncoder,
  captions: readonly string[],
): Promise<EmbeddingTable> {
  return withEncoderFlags(() =>
    withProgress('captions', (progress) =>
      encodeAll(encoder, captions, { onProgress: (done, total) => progress.update(done, total) }),
    ),
  );
}

/**
 * Encodes captions by --text-encoder, so that a network knows them whose text encoder is not part of its file.
 *
 * @param captions prompts, negative prompts, captions of real images
 * @throws UserError if the network takes no captions, or it is not the text encoder with which the network was trained, or cannot
 *   encode a caption
 */
export async function supplyText(
  network: Labeled,
  options: TextEncoderOptions,
  captions: readonly (string | null | undefined)[],
): Promise<void> {
  const opened = await openEncoder(options);
  if (opened === undefined) return;
  if (network.labels?.kind !== 'captions') {
    const takes = network.labelDim === 0 ? 'is unconditional' : `takes ${nameLabels(network)}`;
    throw new UserError(`--text-encoder is for networks that take captions, and this one ${takes}: leave it out.`);
  }
  const given = captions.filter((caption) => typeof caption === 'string');
  const { settings } = await withEncoderFlags(() => fitEncoder(network, opened));
  const table = await encodeWithProgress(opened, given);
  await supplyCaptions(scaleEncoder(table, settings as ExternalEncoderSettings), given);
}

/** Runs `f`, whose errors about text encoders name the options as they are typed. */
export async function withEncoderFlags<T>(f: () => Promise<T>): Promise<T> {
  try {
    return await f();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`--text-encoder: ${nameEncoderFlags(describeError(error))}`);
  }
}

/** A message about text encoders with the options as they are typed. */
export function nameEncoderFlags(message: string): string {
  return message
    .replaceAll('pass it as textEncoder', 'give --text-encoder PATH')
    .replaceAll('give the pooling "mean"', 'give --text-pooling mean')
    .replaceAll('textEncoder', '--text-encoder');
}
