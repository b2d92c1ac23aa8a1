import { countClasses } from '../class-names.js';
import { decodeImage } from '../decoding/decode-image.js';
import { isImageName, isUnreadImageName } from '../decoding/image-format.js';
import { loadSharp, missingSharpError } from '../decoding/load-sharp.js';
import { HEAD_BYTES, recognizeFile } from '../files/file-kind.js';
import { adviseOnFile } from '../files/advice.js';
import type { SourceFiles } from '../files/source-files.js';
import { decodeText, normalizeName } from '../files/text.js';
import { parseSourceLabels, type SourceLabels } from '../labels.js';
import { chooseCaptions } from './captions/choose-captions.js';
import type { SourceCaptions } from './captions/source-captions.js';
import { describeNumberedFolders, labelByFolder } from './class-folders.js';
import { mapAhead } from './map-ahead.js';
import { readMetadataLabels } from './metadata-labels.js';
import { readMetadataTables } from './metadata-tables.js';
import { sortNames } from './sort-names.js';
import type { ImageSource, SourceChoice, SourceFormat, SourceImage, UnreadableImage } from './source.js';
import { chooseSplit, splitOfFolder } from './splits.js';

/** Images decoded ahead of the one that is being written. JPEG files are decoded in other threads. */
const AHEAD = 4;

/**
 * Images in a folder or an archive, in the order of their names. Labels come from `dataset.json`. If there is none,
 * they come from `metadata.jsonl` or `metadata.csv`; else the folders at the top are the classes. If all of these are
 * parts of a data set (`train`, `test`), one part is taken, and the folders in it are the classes. Captions come from
 * `dataset.json`, from a column `caption` or `text` of `metadata.jsonl` or `.csv`, from a list such as COCO's, or from
 * `name.txt` next to `name.png`.
 */
export const imageFiles: SourceFormat = {
  looksLike:
    'a folder, .zip or .tar(.gz) of PNG, JPEG or WebP images (also AVIF, GIF, TIFF), in folders by class or with dataset.json, ' +
    'metadata.jsonl or metadata.csv',
  hasCaptions: true,
  recognizes: (files) => files.only === null,
  async open(files, choice) {
    const all = sortNames(files.names.filter((name) => isImageName(name) || isUnreadImageName(name)));
    if (!all.some(isImageName)) throw noImagesError(files, all[0]);
    const { names, labels, captions, notes } = await chooseLabeled(files, all, choice);
    if ((await loadSharp()) === null) {
      const first = names.find((name) => !name.toLowerCase().endsWith('.png'));
      if (first !== undefined) throw missingSharpError(files.describe(first));
    }
    return openNamedImages(files, names, { labels, captions, notes }, all);
  },
};

/**
 * Opens images by their names.
 *
 * @param names in their order
 * @param all names of all images, also of those that were not chosen
 */
export function openNamedImages(
  files: SourceFiles,
  names: readonly string[],
  { labels, captions, notes }: Omit<LabeledNames, 'names'>,
  all = names,
): ImageSource {
  const findLabel = (name: string) => labels?.byName.get(normalizeName(name)) ?? null;
  const decode = async (name: string): Promise<SourceImage | UnreadableImage> => {
    const source = files.describe(name);
    try {
      return {
        ...(await decodeImage(files.read(name), source)),
        name: source,
        label: findLabel(name),
        caption: captions.get(name),
      };
    } catch (error) {
      return { name: source, problem: (error as Error).message };
    }
  };
  return {
    count: names.length,
    numClasses: countClasses(names.map(findLabel)),
    classNames: labels?.classNames ?? null,
    notes: [
      ...files.notes,
      ...notes,
      ...describeUnmatched(all, labels),
      ...describeNumberedFolders(labels),
      ...captions.notes(names),
    ],
    images: (limit) => mapAhead(names.slice(0, limit), AHEAD, decode),
    close: () => files.close(),
  };
}

/** Images, and what is known of them. */
interface LabeledNames {
  names: readonly string[];
  /** Null for none. */
  labels: SourceLabels | null;
  captions: SourceCaptions;
  notes: readonly string[];
}

async function chooseLabeled(files: SourceFiles, all: readonly string[], choice: SourceChoice): Promise<LabeledNames> {
  const json = files.has('dataset.json') ? files.describe('dataset.json') : null;
  const stated = json === null ? null : readStatedLabels(files, json, choice.labels);
  const tables = await readMetadataTables(files, choice.labels !== 'none');
  const isStated = stated !== null && choice.split === undefined;
  const topOf = (name: string) => (name.includes('/') ? splitOfFolder(name.slice(0, name.indexOf('/'))) : null);
  const hasSplits = all.every((name) => topOf(name) !== null);
  const splitOf = hasSplits ? topOf : () => null;
  const chosen = isStated ? { items: all, notes: [] } : chooseSplit(all, splitOf, choice.split, files.path, 'image');
  const names = chosen.items;
  const { captions, notes: captionNotes } = chooseCaptions({ files, all, images: names, tables }, choice.captions);
  const isSilent = json !== null && stated === null && captions.size === 0 && choice.labels !== 'none';
  const silence = isSilent ? [`${json} has no "labels" of images, and is not used`] : [];
  const notes = [...chosen.notes, ...silence, ...captionNotes];
  if (choice.labels === 'none') return { names, labels: null, captions, notes };
  if (stated !== null && choice.labels === undefined)
    return { names, labels: stated === 'none' ? null : stated, captions, notes };
  const listed = readMetadataLabels(tables, choice.labels, names);
  if (listed === null && choice.labels !== undefined) {
    throw new Error(
      `${files.path} has no labels ${choice.labels}: it has no metadata.jsonl or metadata.csv with such a column. Leave the choice out, ` +
        'or choose none.',
    );
  }
  const labels = listed ?? labelInside(names, hasSplits, files.path);
  return { names, labels, captions, notes };
}

/** Labels of `dataset.json`. Wrong ones do not matter where they are left out. */
function readStatedLabels(
  files: SourceFiles,
  json: string,
  choice: SourceChoice['labels'],
): SourceLabels | 'none' | null {
  try {
    return parseSourceLabels(decodeText(files.read('dataset.json')), json);
  } catch (error) {
    if (choice === 'none') return 'none';
    throw error;
  }
}

/** Labels by folder; by the folders in the parts, if the folders at the top are parts of a data set. */
function labelInside(names: readonly string[], hasSplits: boolean, source: string): SourceLabels | null {
  if (!hasSplits) return labelByFolder(names, source);
  const inner = new Map(names.map((name) => [name, name.slice(name.indexOf('/') + 1)]));
  const labels = labelByFolder([...new Set(inner.values())], source);
  if (labels === null) return null;
  const byName = new Map(
    [...inner].map(([name, rest]) => [normalizeName(name), labels.byName.get(normalizeName(rest))!]),
  );
  return { ...labels, byName };
}

/** A line about labels of images that are not there. */
function describeUnmatched(names: readonly string[], labels: SourceLabels | null): string[] {
  if (labels === null) return [];
  const there = new Set(names.map(normalizeName));
  const absent = [...labels.byName.keys()].filter((name) => !there.has(name));
  if (absent.length === 0) return [];
  const isNone = absent.length === labels.byName.size;
  return [
    `${labels.source} has labels of images that are not there: ${absent.length}, the first ${absent[0]}` +
      (isNone ? `; no image has a label, and the first image is ${names[0]}` : ''),
  ];
}

/** Files whose contents are looked at, for a message. */
const MAX_LOOKED_AT = 50;

/** @param unread an image of a kind that is not supported, if there is one */
function noImagesError(files: SourceFiles, unread: string | undefined): Error {
  const archive = files.names.find((name) => /\.(zip|tar|tgz|gz|bz2|xz|7z|rar|parquet)$/i.test(name));
  const first = archive ?? files.names[0];
  const what = `${files.path} has no PNG, JPEG or WebP images (nor AVIF, GIF or TIFF)`;
  if (unread !== undefined) {
    return new Error(
      `${what}. It has ${unread}, and images of this kind are not supported; convert them to PNG, for example with ImageMagick: ` +
        'mogrify -format png *.',
    );
  }
  if (first === undefined) return new Error(`${what}. It is empty.`);
  if (files.isFolder && archive !== undefined) return new Error(`${what}. It has ${archive}; give that as the source.`);
  if (archive !== undefined) return new Error(`${what}. It has ${archive}; unpack that, and give it as the source.`);
  const adviseOn = (name: string) => adviseOnFile(recognizeFile(files.readPart(name, 0, HEAD_BYTES)));
  const odd = files.names.slice(0, MAX_LOOKED_AT).find((name) => adviseOn(name) !== null);
  if (odd !== undefined) return new Error(`${what}. It has ${odd}, ${adviseOn(odd)}.`);
  const count = files.names.length === 1 ? 'It has' : `It has ${files.names.length} other files, such as`;
  return new Error(`${what}. ${count} ${first}; give the folder that the images are in.`);
}
