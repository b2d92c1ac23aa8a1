import { parseJson } from '@onestep/checkpoint';
import { decodeText } from '../files/text.js';

/** An emoji of the list, and where it is on a sheet. */
export interface Emoji {
  /** In small letters: `grinning face`, `waving hand sign with dark skin tone`. */
  name: string;
  category: string;
  /** Column and row on the sheet. */
  column: number;
  row: number;
}

/** The skin tones of Unicode, by their code points. */
const SKIN_TONES: Readonly<Record<string, string>> = {
  '1F3FB': 'light',
  '1F3FC': 'medium-light',
  '1F3FD': 'medium',
  '1F3FE': 'medium-dark',
  '1F3FF': 'dark',
};

/**
 * Reads `emoji.json` of the npm package: the emoji that have a picture of Google, in the order of Unicode. The sheets show a
 * picture of Apple where there is none, which has another license.
 *
 * @param source the file's name, for messages
 * @param skinTones whether to add those of people in each skin tone
 * @throws if it is not of that form
 */
export function readEmojiList(file: Uint8Array, source: string, skinTones: boolean): Emoji[] {
  const json: unknown = parseJson(decodeText(file));
  const wrong = (what: string) => new Error(`${source}: ${what}; it is not the list of emoji-datasource-google.`);
  if (!Array.isArray(json) || json.length === 0) throw wrong('not a list of emoji');
  const entries = (json as Record<string, unknown>[])
    .filter((entry) => entry?.has_img_google === true)
    .sort((a, b) => Number(a.sort_order) - Number(b.sort_order));
  if (entries.length === 0) throw wrong('no emoji has a picture of Google');
  return entries.flatMap((entry) => {
    const all = [entry, ...(skinTones ? listTones(entry) : [])];
    return all.map(({ name, category, sheet_x: column, sheet_y: row, sort_order: order }) => {
      const isPlace = [column, row, order].every((value) => Number.isSafeInteger(value) && (value as number) >= 0);
      if (typeof name !== 'string' || typeof category !== 'string' || !isPlace) {
        throw wrong(`an entry is ${JSON.stringify(entry).slice(0, 100)}`);
      }
      return { name: name.toLowerCase(), category, column: column as number, row: row as number };
    });
  });
}

/** An emoji in the skin tones of which Google has a picture. */
function listTones(entry: Record<string, unknown>): Record<string, unknown>[] {
  const tones = Object.entries(Object(entry.skin_variations) as Record<string, Record<string, unknown>>);
  return tones
    .filter(([, tone]) => tone?.has_img_google === true)
    .map(([code, tone]) => ({ ...entry, ...tone, name: nameTone(String(entry.name), code) }));
}

/** @param code such as `1F3FB`, or `1F3FB-1F3FF` for two people */
function nameTone(name: string, code: string): string {
  const tones = [...new Set(code.split('-').map((each) => SKIN_TONES[each] ?? each))];
  return `${name} with ${tones.join(' and ')} skin ${tones.length > 1 ? 'tones' : 'tone'}`;
}
