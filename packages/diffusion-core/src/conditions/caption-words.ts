/** Words that begin a new part of a caption: most things are named after one of these. */
const OPENERS = new Set(['a', 'an', 'one', 'two', 'three', 'another', 'and', 'with', 'on', ',']);
/** Words of which one makes a part the ground of the picture. */
const GROUNDS = new Set(['background', 'backdrop']);
/** What a part consists of that only begins a sentence, as in "there is". */
const BEGINNINGS = new Set(['there', 'here', 'this', 'these', 'is', 'are']);
/** What "a picture of" may call the picture itself. */
const PICTURES = new Set(['picture', 'photo', 'photograph', 'image', 'drawing', 'painting', 'sketch', 'illustration']);

/**
 * What a part of a caption is about: a thing; the ground, as in "on white" and "with a red background"; or the picture
 * itself, as in "a picture of" and "there is".
 */
export type PartRole = 'thing' | 'ground' | 'picture';

/** A part of a caption. */
export interface CaptionPart {
  role: PartRole;
  words: string[];
}

/**
 * Splits a caption into parts, and these into words of lower case: "a red star and a blue ring on white" is two things and a
 * ground. A part begins with an article or a number, after `and`, `with`, `on` or a comma, where other words came before.
 * "on the left" does not begin one: it says where something is that was named before.
 */
export function splitCaption(caption: string): CaptionPart[] {
  const tokens = caption.normalize('NFC').toLowerCase().match(TOKEN) ?? [];
  const parts: string[][] = [];
  let isOpen = false;
  for (const [i, word] of tokens.entries()) {
    const opens = OPENERS.has(word) && !(word === 'on' && tokens[i + 1] === 'the');
    if (parts.length === 0 || (opens && !isOpen)) parts.push([]);
    isOpen = opens;
    if (word !== ',') parts.at(-1)!.push(word);
  }
  return parts.filter((words) => words.length > 0).map((words) => ({ role: roleOf(words), words }));
}

function roleOf(words: readonly string[]): PartRole {
  if (words.some((word) => GROUNDS.has(word)) || (words[0] === 'on' && words[1] !== 'the')) return 'ground';
  const isLead = words.at(-1) === 'of' && PICTURES.has(words.at(-2) ?? '');
  return isLead || words.every((word) => BEGINNINGS.has(word)) ? 'picture' : 'thing';
}

/** Letters and digits of any script, with marks; a comma stands for itself. */
const TOKEN = /[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*|,|\p{Extended_Pictographic}/gu;
