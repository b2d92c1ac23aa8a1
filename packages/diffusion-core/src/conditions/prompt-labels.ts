import { quoteCaption } from '@onestep/checkpoint';
import { isExternal } from './caption-encoder.js';
import { captionEncoder, checkTakesCaptions, encodePrompts } from './prompts.js';
import type { Labeled, TrainingLabels } from './training-labels.js';

/** Prompts that are encoded at a time, to see whether they can be. */
const AT_ONCE = 256;

/**
 * The label prior of prompts: the labels that a method learns when it is passed them, with nothing but a teacher. Each prompt is
 * drawn as often as it occurs in the list.
 *
 * @param network that takes captions
 * @param prompts in the order in which they are numbered; an empty one is the null label
 * @returns `labels` of a method, of `distill`, or of {@link LabelPrior}
 * @throws RangeError if there is no prompt, the network does not take captions, or it knows no word of a prompt
 */
export function promptLabels(network: Labeled, prompts: readonly string[]): TrainingLabels {
  if (prompts.length === 0) throw new RangeError('There are no prompts to draw from: pass at least one.');
  const rows: number[][] = [];
  const keepsRows = network.labels?.kind === 'captions' && isExternal(network.labels.encoder!);
  for (let start = 0; start < prompts.length; start += AT_ONCE) {
    const part = prompts.slice(start, start + AT_ONCE);
    const encoded = encodePrompts(network, part);
    if (!keepsRows) continue;
    const { labelDim } = network;
    rows.push(...part.map((_, i) => Array.from(encoded.subarray(i * labelDim, (i + 1) * labelDim))));
  }
  return { ...network.labels!, captions: prompts, ...(keepsRows && { rows }) };
}

/** Most words in a line. */
const SHOWN = 10;

/**
 * Says what a network understands of prompts only in part: words that it was not trained on, and things beyond its slots.
 *
 * @returns lines for people; none if there is nothing to say
 * @throws RangeError if the network does not take captions
 */
export function describePrompts(network: Labeled, prompts: readonly string[]): string[] {
  checkTakesCaptions(network, prompts[0]);
  if (isExternal(network.labels!.encoder!)) return [];
  const encoder = captionEncoder(network);
  const { slots, buckets } = encoder.settings;
  const counts = new Map<string, number>();
  let withUnknown = 0;
  const long: string[] = [];
  for (const prompt of prompts) {
    const unknown = encoder.unknownWords(prompt);
    if (unknown.length > 0) withUnknown += 1;
    for (const word of unknown) counts.set(word, (counts.get(word) ?? 0) + 1);
    if (encoder.exceedsSlots(prompt)) long.push(prompt);
  }
  const lines: string[] = [];
  if (withUnknown > 0) {
    const words = [...counts].sort(([, a], [, b]) => b - a).map(([word, n]) => (n === 1 ? word : `${word} (${n})`));
    const listed = words.slice(0, SHOWN).join(', ') + (words.length > SHOWN ? ', ...' : '');
    const effect = buckets > 0 ? 'They count by their letters only' : 'They do not count';
    lines.push(`Words that this network was not trained on: ${listed}. ${effect}${ofPrompts(withUnknown, prompts)}.`);
  }
  if (long.length > 0) {
    lines.push(
      `More than ${slots} things: ${quoteCaption(long[0]!)}. Words of the further ones count, but the network cannot tell what ` +
        `belongs to what there${ofPrompts(long.length, prompts)}.`,
    );
  }
  return lines;
}

/** In how many of several prompts. */
function ofPrompts(count: number, prompts: readonly string[]): string {
  return prompts.length === 1 ? '' : `, in ${count} of ${prompts.length} prompts`;
}
