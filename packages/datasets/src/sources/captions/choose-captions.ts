import { lookAt, readRegularFile } from '@onestep/checkpoint/node';
import { parseCaptionPairs } from '../../captions.js';
import type { SourceFiles } from '../../files/source-files.js';
import { decodeText } from '../../files/text.js';
import { imageNameIn } from '../file-column.js';
import { findLabelColumn } from '../label-column.js';
import type { MetadataTable } from '../metadata-tables.js';
import { parseCaptionFile, type CaptionRow } from './caption-file.js';
import { CAPTION_COLUMNS, findCaptionColumn, listCaptions } from './caption-columns.js';
import { ImageNames } from './image-names.js';
import { SourceCaptions } from './source-captions.js';

/** `captions_train2017.json` of COCO, `captions.json`, and `captions.txt` of Flickr8k. */
const LIST_NAME = /(^|\/)captions[^/]*\.json$|(^|\/)captions\.txt$/i;
/** Files of this size hold more than a caption. */
const MAX_TEXT_BYTES = 2 ** 20;
/** Tables of any name in a folder of images. */
const TABLE = /\.(jsonl|ndjson|csv|tsv)$/i;
/** Larger tables are read where they are named only. */
const MAX_TABLE_BYTES = 2 ** 26;
/** What looks like the path of a list, rather than a column or an ending. */
const LIST_PATH = /\.(jsonl?|ndjson|csv|tsv|txt)$/i;

/** Captions, and lines about them. */
export interface ChosenCaptions {
  captions: SourceCaptions;
  notes: string[];
}

/** What is known of the images of a folder or an archive. */
export interface CaptionedFiles {
  files: SourceFiles;
  /** Names of all images. */
  all: readonly string[];
  /** Names of those whose captions are needed. */
  images: readonly string[];
  tables: readonly MetadataTable[];
}

/**
 * Finds the captions of images in a folder or an archive: of `dataset.json`; else of tables next to the images; else of a list such
 * as COCO's; else of text files next to the images; else of a table of any name.
 *
 * @param choice the path of a list, also in the folder or archive, a column of the tables, the ending of text files, or `none`;
 *   undefined for what is there
 * @throws if there are no captions of that choice
 */
export function chooseCaptions(named: CaptionedFiles, choice: string | undefined): ChosenCaptions {
  const { files, images, tables } = named;
  if (choice === 'none') return { captions: new SourceCaptions(), notes: [] };
  if (isCaptionFile(choice)) return readCaptionFile(choice, named.all, images);
  if (choice !== undefined) {
    if (files.has(choice)) return readLists(named, [choice]);
    if (tables.some(({ columns }) => findCaptionColumn(columns, choice) !== null)) return readTables(named, choice);
    if (LIST_PATH.test(choice)) throw new Error(`${choice} does not exist: give the path of a list of captions.`);
    const texts = readTexts(files, images, [choice]);
    if (texts.size > 0) return { captions: texts, notes: [] };
    throw new Error(
      `There are no captions ${choice}: no such file, no column of metadata.jsonl or the like in ${files.path}, and no text files ` +
        `name.${choice} next to its images. Give the path of a list of captions, or leave out --captions (captions).`,
    );
  }
  const stated = files.has('dataset.json') ? readStated(files, images) : null;
  if (stated !== null) return { captions: stated, notes: [] };
  const listed = readTables(named, undefined);
  if (listed.captions.size > 0) return listed;
  const lists = files.names.filter((name) => LIST_NAME.test(name) && !hasImage(named.all, name)).sort();
  if (lists.length > 0) return readLists(named, lists);
  const texts = readTexts(files, images, ['txt', 'caption']);
  if (texts.size > 0) return { captions: texts, notes: [] };
  return readOtherTables(named) ?? { captions: texts, notes: tables.flatMap(describeUnread) };
}

/** Captions of a table whose name does not say that it has some; null for none. */
function readOtherTables(named: CaptionedFiles): ChosenCaptions | null {
  const { files, all, tables } = named;
  const known = new Set(tables.map(({ source }) => source));
  const others = files.names
    .filter((name) => TABLE.test(name) && !known.has(files.describe(name)) && !hasImage(all, name))
    .filter((name) => files.size(name) <= MAX_TABLE_BYTES)
    .sort();
  for (const name of others) {
    try {
      const { captions, notes } = readLists(named, [name]);
      if (captions.size > 0) return { captions, notes: [`captions are those of ${files.describe(name)}`, ...notes] };
    } catch {
      // A table of something else.
    }
  }
  return null;
}

/** A line about a table with texts, none of which is a caption by the name of its column. */
function describeUnread({ source, rows, columns }: MetadataTable): string[] {
  const isText = (value: unknown) => listCaptions(value).some((text) => /\p{L}/u.test(text));
  const texts = columns.filter((column) => rows.slice(0, 100).some((row) => isText(row[column])));
  const others = texts.filter((column) => findLabelColumn([column], undefined, source) === null);
  if (others.length === 0) return [];
  return [
    `${source} has no column ${CAPTION_COLUMNS}, ... with captions of these images; --captions NAME takes another one: ` +
      others.slice(0, 10).join(', '),
  ];
}

/** Whether a choice of captions is the path of a list. A folder may have the name of a column. */
export function isCaptionFile(choice: string | undefined): choice is string {
  return choice !== undefined && lookAt(choice)?.isDirectory() === false;
}

/**
 * Reads the captions of images from a list in a file of its own.
 *
 * @param all names of all images
 * @param images those whose captions are needed
 * @throws naming the file if it is not a list of captions, or has none of these images
 */
export function readCaptionFile(path: string, all: readonly string[], images: readonly string[]): ChosenCaptions {
  const rows = parseCaptionFile(decodeText(readRegularFile(path)), path);
  const chosen = collect([{ source: path, folder: '', rows }], all, images);
  if (chosen.captions.size > 0) return chosen;
  throw new Error(
    `${path} has captions of ${rows.length} images, such as ${rows[0]?.file}, and none of these images, such as ${images[0]}.`,
  );
}

/** A list of captions, and the folder that it is in, with a slash at its end. */
interface CaptionList {
  source: string;
  folder: string;
  rows: readonly CaptionRow[];
}

function collect(lists: readonly CaptionList[], all: readonly string[], images: readonly string[]): ChosenCaptions {
  const names = new ImageNames(all);
  const needed = new Set(images);
  const captions = new SourceCaptions();
  const notes: string[] = [];
  for (const { source, folder, rows } of lists) {
    const absent = new Set<string>();
    for (const { file, value } of rows) {
      const image = names.find(file, folder);
      if (image === null) absent.add(file);
      else if (needed.has(image)) captions.add(image, value);
    }
    if (absent.size > 0) {
      notes.push(`${source} has captions of images that are not there: ${absent.size}, the first ${[...absent][0]}`);
    }
  }
  return { captions, notes };
}

function readStated(files: SourceFiles, images: readonly string[]): SourceCaptions | null {
  const stated = parseCaptionPairs(decodeText(files.read('dataset.json')), files.describe('dataset.json'));
  if (stated === null) return null;
  const rows = stated.map(([file, value]) => ({ file, value }));
  return collect([{ source: 'dataset.json', folder: '', rows }], images, images).captions;
}

function readTables({ tables, all, images }: CaptionedFiles, wanted: string | undefined): ChosenCaptions {
  const lists = tables.flatMap(({ source, folder, rows, fileColumn, columns }) => {
    const column = findCaptionColumn(columns, wanted);
    if (column === null) return [];
    const named = rows.flatMap((row) => {
      const file = imageNameIn(row[fileColumn]);
      return file === null ? [] : [{ file, value: row[column] }];
    });
    return [{ source, folder, rows: named }];
  });
  return collect(lists, all, images);
}

function readLists({ files, all, images }: CaptionedFiles, lists: readonly string[]): ChosenCaptions {
  const parsed = lists.map((name) => {
    const source = files.describe(name);
    const folder = name.slice(0, name.lastIndexOf('/') + 1);
    return { source, folder, rows: parseCaptionFile(decodeText(files.read(name)), source) };
  });
  return collect(parsed, all, images);
}

/** Whether a file is the text of an image, and not a list. */
function hasImage(all: readonly string[], name: string): boolean {
  const stem = name.slice(0, name.lastIndexOf('.') + 1);
  return all.some((image) => image.startsWith(stem) && image.indexOf('.', stem.length) === -1);
}

/**
 * Captions of text files next to images: `name.txt` of `name.png`.
 *
 * @param endings the first that is there counts
 */
function readTexts(files: SourceFiles, images: readonly string[], endings: readonly string[]): SourceCaptions {
  const captions = new SourceCaptions();
  for (const image of images) {
    const stem = image.slice(0, image.lastIndexOf('.'));
    const name = endings.map((ending) => `${stem}.${ending}`).find((candidate) => files.has(candidate));
    if (name !== undefined && files.size(name) <= MAX_TEXT_BYTES) captions.add(image, decodeText(files.read(name)));
  }
  return captions;
}
