import { parseJson } from '@onestep/checkpoint';
import { isImageName } from '../decoding/image-format.js';
import type { SourceFiles } from '../files/source-files.js';
import { decodeText } from '../files/text.js';
import { findCaptionColumn } from './captions/caption-columns.js';
import { isCaptionFile, readCaptionFile } from './captions/choose-captions.js';
import { SourceCaptions } from './captions/source-captions.js';
import { openNamedImages } from './image-files.js';
import { findLabelColumn } from './label-column.js';
import { makeLabels } from './make-labels.js';
import type { SourceFormat } from './source.js';
import { chooseSplit, splitOfSample } from './splits.js';

/** Endings of files that belong to an image. */
const COMPANION = /\.(cls|cls2|json|txt|caption|label|index|id|url)$/i;
/** Endings of files whose contents are the caption. */
const CAPTION = /\.(txt|caption)$/i;
/** Endings of files whose contents are the label. */
const LABEL = /\.(cls|label)$/i;

/**
 * Shards of WebDataset: tar archives in which files of one name up to its first dot belong together, such as `0001.jpg`
 * and `0001.cls`. Images come in the order of the archives. Labels come from `.cls`, or from a key of `.json`.
 */
export const webDataset: SourceFormat = {
  looksLike: 'WebDataset shards: shard-{000..010}.tar, or a folder of them',
  hasCaptions: true,
  recognizes(files) {
    if (!files.isTar || files.only !== null) return false;
    const keyOf = chooseKey(files.names);
    const keys = new Set(files.names.filter(isImageName).map(keyOf));
    return files.names.some((name) => COMPANION.test(name) && keys.has(keyOf(name)));
  },
  open(files, choice) {
    const keyOf = chooseKey(files.names);
    const images = new Map<string, string>();
    for (const name of files.names) if (isImageName(name) && !images.has(keyOf(name))) images.set(keyOf(name), name);
    const all = [...images.values()];
    const others = files.names.filter(isImageName).length - all.length;
    const { items: names, notes } = chooseSplit(all, splitOfSample, choice.split, files.path, 'image');
    const more = others > 0 ? [`further images of the same samples are left out: ${others}`] : [];
    const labels =
      choice.labels === 'none' ? null : makeLabels(readLabels(files, names, keyOf, choice.labels), files.path);
    const listed = isCaptionFile(choice.captions) ? readCaptionFile(choice.captions, all, names) : null;
    const captions = listed?.captions ?? readCaptions(files, names, keyOf, choice.captions);
    return openNamedImages(files, names, { labels, captions, notes: [...notes, ...more, ...(listed?.notes ?? [])] });
  },
};

/** The part of a name that files of one sample share. */
type KeyOf = (name: string) => string;

/**
 * Chooses what files of one sample share: their names up to the first dot, as WebDataset does, or up to the last one, where
 * names have dots in them: several images that are one by the first dot have a label each by the last.
 */
function chooseKey(names: readonly string[]): KeyOf {
  const labeled = new Set(names.filter((name) => COMPANION.test(name)).map(untilLastDot));
  const first = new Map<string, string>();
  for (const name of names) {
    if (!isImageName(name) || !labeled.has(untilLastDot(name))) continue;
    const other = first.get(untilFirstDot(name));
    if (other !== undefined && other !== untilLastDot(name)) return untilLastDot;
    first.set(untilFirstDot(name), untilLastDot(name));
  }
  return untilFirstDot;
}

function untilFirstDot(name: string): string {
  const dot = name.indexOf('.', name.lastIndexOf('/') + 1);
  return dot === -1 ? name : name.slice(0, dot);
}

function untilLastDot(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot <= name.lastIndexOf('/') ? name : name.slice(0, dot);
}

function readLabels(
  files: SourceFiles,
  images: readonly string[],
  keyOf: KeyOf,
  wanted: string | undefined,
): Map<string, unknown> {
  const companions = new Map<string, string>();
  const pattern = wanted === undefined ? LABEL : new RegExp(`\\.${wanted.replace(/\W/g, '\\$&')}$`, 'i');
  for (const name of files.names) if (pattern.test(name)) companions.set(keyOf(name), name);
  const tables = new Map<string, string>();
  if (companions.size === 0) {
    for (const name of files.names) if (/\.json$/i.test(name)) tables.set(keyOf(name), name);
  }
  if (wanted !== undefined && companions.size === 0 && tables.size === 0) {
    throw new Error(`${files.path} has no labels ${wanted}: no files *.${wanted}, and no *.json with that key.`);
  }
  return new Map(
    images.map((image) => {
      const text = companions.get(keyOf(image));
      if (text !== undefined) return [image, decodeText(files.read(text))];
      const table = tables.get(keyOf(image));
      return [image, table === undefined ? null : readJsonLabel(files, table, wanted)];
    }),
  );
}

/**
 * Captions of `.txt` or `.caption`, else of the key `caption` or `text` of `.json`, as img2dataset writes them.
 *
 * @param wanted another ending or key, or `none`
 * @throws if no sample has captions of that choice
 */
function readCaptions(
  files: SourceFiles,
  images: readonly string[],
  keyOf: KeyOf,
  wanted: string | undefined,
): SourceCaptions {
  const captions = new SourceCaptions();
  if (wanted === 'none') return captions;
  const isText = (name: string) =>
    wanted === undefined ? CAPTION.test(name) : name.toLowerCase().endsWith(`.${wanted.toLowerCase()}`);
  const texts = new Map(files.names.filter(isText).map((name) => [keyOf(name), name]));
  const tables = new Map(files.names.filter((name) => /\.json$/i.test(name)).map((name) => [keyOf(name), name]));
  for (const image of images) {
    const [text, table] = [texts.get(keyOf(image)), tables.get(keyOf(image))];
    if (text !== undefined) captions.add(image, decodeText(files.read(text)));
    else if (table !== undefined) captions.add(image, readJsonCaption(files, table, wanted));
  }
  if (wanted !== undefined && captions.size === 0) {
    throw new Error(
      `${files.path} has no captions ${wanted}: no files *.${wanted}, no *.json with that key, and no list of captions at that path. ` +
        'Leave out --captions (captions) to take those that are there.',
    );
  }
  return captions;
}

function readJsonCaption(files: SourceFiles, name: string, wanted: string | undefined): unknown {
  const json = readJson(files, name);
  if (typeof json !== 'object' || json === null) return null;
  const column = findCaptionColumn(Object.keys(json), wanted);
  return column === null ? null : (json as Record<string, unknown>)[column];
}

function readJsonLabel(files: SourceFiles, name: string, wanted: string | undefined): unknown {
  const json = readJson(files, name);
  if (typeof json === 'number' || typeof json === 'string') return json;
  if (typeof json !== 'object' || json === null) return null;
  const column = findLabelColumn(Object.keys(json), wanted, files.describe(name));
  return column === null ? null : (json as Record<string, unknown>)[column];
}

/** @throws naming the file if it is not JSON */
function readJson(files: SourceFiles, name: string): unknown {
  try {
    return parseJson(decodeText(files.read(name)));
  } catch (error) {
    throw new Error(`${files.describe(name)}: not valid JSON (${(error as Error).message}).`, { cause: error });
  }
}
