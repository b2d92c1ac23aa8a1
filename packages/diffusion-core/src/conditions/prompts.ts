import { plainCaption, quoteCaption } from '@onestep/checkpoint';
import { describeEncoder, isExternal, type CaptionEncoder } from './caption-encoder.js';
import { suppliedRow } from './supplied-rows.js';
import { nameLabels, type Labeled } from './training-labels.js';
import { WordEncoder } from './word-encoder.js';

/**
 * Checks that a network takes captions.
 *
 * @param prompt that was requested, for the message
 * @throws RangeError if it is unconditional, or takes classes or label vectors
 */
export function checkTakesCaptions(network: Labeled, prompt?: string): void {
  const { labelDim, labels } = network;
  if (labels?.kind === 'captions') return;
  const what = prompt === undefined ? 'A prompt was requested' : `The prompt ${quoteCaption(prompt)} was requested`;
  throw new RangeError(
    labelDim === 0
      ? `${what}, but this network is unconditional: leave the prompt out.`
      : `${what}, but this network takes ${nameLabels(network)}, not captions: leave the prompt out.`,
  );
}

/**
 * The encoder of the captions that a network takes, which is part of its file.
 *
 * @param prompt that was requested, for the message
 * @throws RangeError if the network does not take captions, or another encoder makes its labels
 */
export function captionEncoder(network: Labeled, prompt?: string): WordEncoder {
  checkTakesCaptions(network, prompt);
  const settings = network.labels!.encoder!;
  if (!isExternal(settings)) return new WordEncoder(settings);
  throw new RangeError(
    `This network takes captions encoded by ${describeEncoder(settings)}, which is not part of its file: pass it as textEncoder.`,
  );
}

/**
 * Encodes prompts as labels of a network. An empty prompt is the null label.
 *
 * @param network of an encoder that is not part of its file, those prompts are encoded that its `labels` have with their rows, or
 *   that were supplied ({@link supplyCaptions})
 * @returns [N, labelDim] row-major
 * @throws RangeError if the network does not take captions, knows nothing of the words of a prompt, or needs its encoder
 */
export function encodePrompts(network: Labeled, prompts: readonly string[]): Float32Array {
  checkTakesCaptions(network, prompts[0]);
  const { labelDim } = network;
  const encode = promptEncoder(network);
  const rows = new Float32Array(prompts.length * labelDim);
  for (const [i, prompt] of prompts.entries()) rows.set(encode(prompt), i * labelDim);
  return rows;
}

/**
 * What encodes the captions of a network without waiting: the words of its file or, of an encoder that is not part of it,
 * the rows that are known. An image whose caption has no known word gets the null label.
 *
 * @throws from `rows`, RangeError naming a caption that is not known
 */
export function encoderOf(network: Labeled): CaptionEncoder {
  checkTakesCaptions(network);
  const settings = network.labels!.encoder!;
  if (!isExternal(settings)) return new WordEncoder(settings);
  const encode = promptEncoder(network);
  return {
    settings,
    dim: settings.size,
    rows: async (captions) => captions.map((caption) => Float32Array.from(encode(caption))),
  };
}

function promptEncoder(network: Labeled): (prompt: string) => ArrayLike<number> {
  const { labelDim, labels } = network;
  const { encoder: settings, captions = [], rows = [] } = labels!;
  if (!isExternal(settings!)) {
    const encoder = captionEncoder(network);
    return (prompt) => encodeWords(encoder, prompt);
  }
  const rowOf = new Map(captions.map((caption, i): [string, ArrayLike<number>] => [plainCaption(caption), rows[i]!]));
  return (prompt) => {
    const caption = plainCaption(prompt);
    const row = caption === '' ? new Float32Array(labelDim) : (rowOf.get(caption) ?? suppliedRow(settings!, caption));
    if (row !== undefined) return row;
    throw new RangeError(
      `The prompt ${quoteCaption(prompt)} has to be encoded by ${describeEncoder(settings!)}, which is not part of the ` +
        "network's file: pass it as textEncoder" +
        (captions.length === 0
          ? '.'
          : `, or choose one of the ${captions.length} captions whose embeddings the file has, such as ${quoteCaption(captions[0]!)}.`),
    );
  };
}

function encodeWords(encoder: WordEncoder, prompt: string): Float32Array {
  const row = encoder.encode(prompt);
  if (prompt.trim() === '' || row.some((value) => value !== 0)) return row;
  throw new RangeError(
    `The network knows no word of the prompt ${quoteCaption(prompt)}. Its vocabulary: ${listWords(encoder)}.`,
  );
}

/** Most words in a message. */
const SHOWN = 40;

function listWords({ settings: { words } }: WordEncoder): string {
  return words.slice(0, SHOWN).join(', ') + (words.length > SHOWN ? `, and ${words.length - SHOWN} more` : '');
}
