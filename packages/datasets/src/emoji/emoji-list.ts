import { parseJson } from '@onestep/checkpoint';
import { decodeText } from '../files/text.js';

/** An emoji of the list, and where it is on a sheet. */
export interface Emoji {
  /** In small letters: `grinning face`. */
  name: string;
  category: string;
  /** Column and row on the sheet. */
  column: number;
  row: number;
}

/**
 * Reads `emoji.json` of the npm package: the emoji that have a picture, in the order of Unicode.
 *
 * @param source the file's name, for messages
 * @throws if it is not of that form
 */
export function readEmojiList(file: Uint8Array, source: string): Emoji[] {
  const json: unknown = parseJson(decodeText(file));
  const wrong = (what: string) => new Error(`${source}: ${what}; it is not the list of emoji-datasource-google.`);
  if (!Array.isArray(json) || json.length === 0) throw wrong('not a list of emoji');
  const entries = (json as Record<string, unknown>[]).filter((entry) => entry?.has_img_google === true);
  if (entries.length === 0) throw wrong('no emoji has a picture of Google');
  return entries
    .map((entry) => {
      const { name, category, sheet_x: column, sheet_y: row, sort_order: order } = entry;
      const isPlace = [column, row, order].every((value) => Number.isSafeInteger(value) && (value as number) >= 0);
      if (typeof name !== 'string' || typeof category !== 'string' || !isPlace) {
        throw wrong(`an entry is ${JSON.stringify(entry).slice(0, 100)}`);
      }
      return {
        name: name.toLowerCase(),
        category,
        column: column as number,
        row: row as number,
        order: order as number,
      };
    })
    .sort((a, b) => a.order - b.order)
    .map(({ order: _, ...emoji }) => emoji);
}
