import { nameLabels, type Labeled } from './training-labels.js';
import { WordEncoder } from './word-encoder.js';

/**
 * The encoder of the captions that a network takes.
 *
 * @param prompt that was requested, for the message
 * @throws RangeError if the network does not take captions
 */
export function captionEncoder(network: Labeled, prompt?: string): WordEncoder {
  const { labelDim, labels } = network;
  if (labels?.kind === 'captions') return new WordEncoder(labels.encoder!);
  const what = prompt === undefined ? 'A prompt was requested' : `The prompt ${JSON.stringify(prompt)} was requested`;
  throw new RangeError(
    labelDim === 0
      ? `${what}, but this network is unconditional: leave the prompt out.`
      : `${what}, but this network takes ${nameLabels(network)}, not captions.`,
  );
}

/**
 * Encodes prompts as labels of a network. An empty prompt is the null label.
 *
 * @returns [N, labelDim] row-major
 * @throws RangeError if the network does not take captions, or knows nothing of the words of a prompt
 */
export function encodePrompts(network: Labeled, prompts: readonly string[]): Float32Array {
  const encoder = captionEncoder(network, prompts[0]);
  const rows = new Float32Array(prompts.length * encoder.dim);
  for (const [i, prompt] of prompts.entries()) {
    const row = encoder.encode(prompt);
    if (prompt.trim() !== '' && row.every((value) => value === 0)) {
      throw new RangeError(
        `The network knows no word of the prompt ${JSON.stringify(prompt)}. Its vocabulary: ${listWords(encoder)}.`,
      );
    }
    rows.set(row, i * encoder.dim);
  }
  return rows;
}

/** Most words in a message. */
const SHOWN = 40;

function listWords({ settings: { words } }: WordEncoder): string {
  return words.slice(0, SHOWN).join(', ') + (words.length > SHOWN ? `, and ${words.length - SHOWN} more` : '');
}
