/** Words that begin a new part of a caption: most things are named after one of these. */
const OPENERS = new Set(['a', 'an', 'one', 'two', 'three', 'another', 'and', 'with', 'on', ',']);

/** A word of a caption, and the part that it is in. */
export interface CaptionWord {
  word: string;
  /** Number of the part, from 0. */
  part: number;
}

/**
 * Splits a caption into words of lower case, and into parts: "a red star and a blue ring on white" has three. A part begins
 * with an article or a number, after `and`, `with`, `on` or a comma, where other words came before. "on the left" does not
 * begin one: it says where something is that was named before.
 */
export function splitCaption(caption: string): CaptionWord[] {
  const tokens = caption.normalize('NFC').toLowerCase().match(TOKEN) ?? [];
  const words: CaptionWord[] = [];
  let part = 0;
  let isOpen = true;
  for (const [i, word] of tokens.entries()) {
    if (OPENERS.has(word) && !(word === 'on' && tokens[i + 1] === 'the')) {
      if (!isOpen) part += 1;
      isOpen = true;
    } else isOpen = false;
    if (word !== ',') words.push({ word, part });
  }
  return words;
}

/** Letters and digits of any script, with marks; a comma stands for itself. */
const TOKEN = /[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*|,|\p{Extended_Pictographic}/gu;
