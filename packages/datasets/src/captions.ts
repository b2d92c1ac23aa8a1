import { parseJson, plainCaption } from '@onestep/checkpoint';
import { normalizeName } from './files/text.js';
import { listCaptions } from './sources/captions/caption-columns.js';

/**
 * Reads the captions of a data set from the text of its `dataset.json`: `{"captions": [["00000/img00000000.png",
 * "a red circle"], ...]}`.
 *
 * @param names the images, in order
 * @param source the file's name, for messages
 * @returns one for each image, empty where it has none; null if no image has a caption
 * @throws if the text is not of this form, or an image has two captions
 */
export function parseCaptions(text: string, names: readonly string[], source: string): string[] | null {
  const byName = parseCaptionsByName(text, source);
  if (byName === null) return null;
  const captions = names.map((name) => byName.get(normalizeName(name)) ?? '');
  return captions.every((caption) => caption === '') ? null : captions;
}

/**
 * Reads captions by the names of the images, in the form of `normalizeName`, from the text of a `dataset.json`. Of several captions
 * in a list the first is taken.
 *
 * @returns null if there are none
 * @throws if the text is not of that form, or an image has two captions
 */
export function parseCaptionsByName(text: string, source: string): Map<string, string> | null {
  const pairs = parseCaptionPairs(text, source);
  if (pairs === null) return null;
  const byName = new Map<string, string>();
  for (const [file, value] of pairs) {
    const [name, caption] = [normalizeName(file), plainCaption(listCaptions(value)[0] ?? '')];
    if ((byName.get(name) ?? caption) !== caption) throw captionsError(source, `the image ${name} has two captions`);
    byName.set(name, caption);
  }
  return byName;
}

/**
 * Reads `captions` of the text of a `dataset.json`: a list of pairs, or captions by name.
 *
 * @returns names with a text, a list of texts, or null for none; null if there are no captions
 * @throws if the text is not of that form
 */
export function parseCaptionPairs(text: string, source: string): [name: string, value: unknown][] | null {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (error) {
    throw captionsError(source, `not valid JSON (${(error as Error).message})`);
  }
  const { captions } = Object(json) as { captions?: unknown };
  if (captions === undefined || captions === null) return null;
  if (typeof captions !== 'object') throw captionsError(source, '"captions" is neither null nor a list of pairs');
  const pairs = Array.isArray(captions) ? (captions as unknown[]) : Object.entries(captions);
  for (const pair of pairs) {
    const [name, value] = Array.isArray(pair) && pair.length === 2 ? (pair as unknown[]) : [];
    const isCaption = value === null || typeof value === 'string' || (Array.isArray(value) && value.every(isText));
    if (typeof name !== 'string' || !isCaption) {
      const entry = JSON.stringify(pair).slice(0, 200);
      throw captionsError(source, `an entry of "captions" is ${entry} instead of a pair [name, caption]`);
    }
  }
  return pairs as [string, unknown][];
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function captionsError(source: string, what: string): Error {
  return new Error(
    `${source}: ${what}. Correct the file; {"captions": [["a.png", "a red circle"]]} is the form of captions.`,
  );
}
