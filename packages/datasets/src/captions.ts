import { parseJson, plainCaption } from '@onestep/checkpoint';
import { normalizeName } from './files/text.js';

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
 * Reads captions by the names of the images, in the form of `normalizeName`, from the text of a `dataset.json`.
 *
 * @returns null if there are none
 * @throws if the text is not of that form, or an image has two captions
 */
export function parseCaptionsByName(text: string, source: string): Map<string, string> | null {
  const { captions } = Object(parseJson(text)) as { captions?: unknown };
  if (captions === undefined || captions === null) return null;
  const fileError = (what: string) =>
    new Error(
      `${source}: ${what}. Correct the file; {"captions": [["a.png", "a red circle"]]} is the form of captions.`,
    );
  if (!Array.isArray(captions)) throw fileError('"captions" is neither null nor a list of pairs');
  const byName = new Map<string, string>();
  for (const pair of captions as unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2 || !pair.every((value) => typeof value === 'string')) {
      throw fileError(`an entry of "captions" is ${JSON.stringify(pair)} instead of a pair [name, caption]`);
    }
    const [name, caption] = [normalizeName(pair[0] as string), plainCaption(pair[1] as string)];
    if ((byName.get(name) ?? caption) !== caption) throw fileError(`the image ${name} has two captions`);
    byName.set(name, caption);
  }
  return byName;
}
