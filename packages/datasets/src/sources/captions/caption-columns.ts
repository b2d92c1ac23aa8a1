import { decodeText } from '../../files/text.js';
import { findColumn } from '../find-column.js';

/** Names of columns of captions, in the order of preference. */
const COLUMNS = ['caption', 'text', 'captions', 'prompt', 'description', 'sentences'];
/** Further names, of the columns in a list of captions. */
const FURTHER = ['comment', 'title', 'alt_text', 'alt', 'tags'];
/** Keys of a caption in a record of a list of captions. */
const KEYS = ['caption', 'text', 'raw'];

/**
 * The column of captions of a table.
 *
 * @param wanted its name; undefined for a usual one
 * @returns null for none
 */
export function findCaptionColumn(columns: readonly string[], wanted?: string): string | null {
  return findColumn(columns, wanted === undefined ? COLUMNS : [wanted]);
}

/** The column of captions of a list that has nothing else to say; null for none. */
export function findListColumn(columns: readonly string[]): string | null {
  return findColumn(columns, [...COLUMNS, ...FURTHER]);
}

/** The names that a column of captions may have, for messages. */
export const CAPTION_COLUMNS = COLUMNS.slice(0, 3).join(', ');

/** The captions in a cell or a JSON value: text, a list of texts, or records with a text. None where it is something else. */
export function listCaptions(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [decodeText(value)];
  if (Array.isArray(value)) return value.flatMap(listCaptions);
  if (typeof value !== 'object' || value === null) return [];
  const key = KEYS.find((name) => name in value);
  return key === undefined ? [] : listCaptions((value as Record<string, unknown>)[key]);
}

/** Whether a caption has several lines with words. */
export function hasLines(caption: string): boolean {
  return /\S\s*[\r\n]\s*\S/u.test(caption);
}
