import { parseJson } from '@onestep/checkpoint';
import { parseCsv, separatorOf } from '../csv.js';
import { findFileColumn, FILE_COLUMNS, imageNameIn } from '../file-column.js';
import { parseJsonLines } from '../json-lines.js';
import { CAPTION_COLUMNS, findListColumn } from './caption-columns.js';

/** What a file says of one image. */
export interface CaptionRow {
  /** The name of the image, as it is listed. */
  file: string;
  /** Text, a list of texts, or records with a text. */
  value: unknown;
}

type Row = Record<string, unknown>;

/**
 * Reads a file of captions, recognized by its contents: COCO's (`images`, `annotations`), that of Karpathy's splits (`images`
 * with `sentences`), `captions` of a `dataset.json`, a list of records, records or captions by the names of images (kohya's
 * `meta_cap.json`), JSON lines, and a table with commas, tabs, semicolons or bars, also Flickr8k's without a header.
 *
 * @param source the file's name, for messages
 * @throws naming the file if it is none of these
 */
export function parseCaptionFile(text: string, source: string): CaptionRow[] {
  const isJson = /^\s*[{[]/.test(text);
  if (!isJson) return readTable(text, source);
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (error) {
    // Several lines, each of which is JSON.
    if (!/^\s*\{.*\}\s*$/m.test(text.slice(0, text.search(/\n|$/)))) throw damaged(source, error as Error);
    return readRecords(parseJsonLines(text, source), source);
  }
  if (Array.isArray(json)) return Array.isArray(json[0]) ? readPairs(json, source) : readRecords(json as Row[], source);
  const { images, annotations, captions } = json as { images?: unknown; annotations?: unknown; captions?: unknown };
  if (Array.isArray(images) && Array.isArray(annotations))
    return readCoco(images as Row[], annotations as Row[], source);
  if (Array.isArray(images)) return readRecords(images as Row[], source);
  if (Array.isArray(captions)) return readPairs(captions, source);
  return readByName(json as Row, source);
}

function damaged(source: string, error: Error): Error {
  return new Error(`${source}: neither JSON nor lines of JSON (${error.message}).`, { cause: error });
}

/** @throws listing the columns, if there are none of names and captions */
function readRecords(rows: readonly Row[], source: string): CaptionRow[] {
  const records = rows.filter((row) => typeof row === 'object' && row !== null);
  const columns = [...new Set(records.slice(0, 100).flatMap((row) => Object.keys(row)))];
  const file = findFileColumn(columns);
  const captions = findListColumn(columns);
  if (records.length === 0 || file === null || captions === null) throw noColumnsError(columns, source);
  return records.flatMap((row) => {
    const name = imageNameIn(row[file]);
    return name === null ? [] : [{ file: name, value: row[captions] }];
  });
}

function noColumnsError(columns: readonly string[], source: string): Error {
  const has = columns.length === 0 ? 'has no records' : `has the columns ${columns.slice(0, 20).join(', ')}`;
  return new Error(
    `${source} ${has}; expected one with the names of images (${FILE_COLUMNS.slice(0, 3).join(', ')}, ...) and one with captions ` +
      `(${CAPTION_COLUMNS}, ...).`,
  );
}

function readCoco(images: readonly Row[], annotations: readonly Row[], source: string): CaptionRow[] {
  const names = new Map(images.map((image) => [image?.id, image?.file_name]));
  const rows = annotations.flatMap((annotation) => {
    const [file, value] = [names.get(annotation?.image_id), annotation?.caption];
    return typeof file === 'string' && value !== undefined ? [{ file, value }] : [];
  });
  if (rows.length > 0) return rows;
  throw new Error(`${source} has no annotations with a caption, such as COCO's captions_train2017.json has.`);
}

function readPairs(pairs: readonly unknown[], source: string): CaptionRow[] {
  return pairs.map((pair) => {
    const [file, value] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (typeof file !== 'string') {
      throw new Error(`${source}: an entry is ${JSON.stringify(pair).slice(0, 80)} instead of a pair [name, caption].`);
    }
    return { file, value };
  });
}

function readByName(json: Row, source: string): CaptionRow[] {
  const entries = Object.entries(json);
  const record = entries.map(([, value]) => value).find((value) => typeof value === 'object' && value !== null);
  if (record === undefined || Array.isArray(record)) return entries.map(([file, value]) => ({ file, value }));
  const columns = Object.keys(record);
  const captions = findListColumn(columns);
  if (captions === null) throw noColumnsError(columns, source);
  return entries.map(([file, value]) => ({ file, value: (value as Row | null)?.[captions] }));
}

function readTable(text: string, source: string): CaptionRow[] {
  const rows = parseCsv(text);
  const columns = Object.keys(rows[0] ?? {});
  if (findFileColumn(columns) !== null) return readRecords(rows, source);
  const separator = separatorOf(text);
  const lines = text.split(/\r?\n|\r/).filter((line) => line.trim() !== '');
  // Without a header, all lines begin with the name of an image; Flickr8k counts an image's captions behind it.
  const cells = lines.map((line) => [line.slice(0, line.indexOf(separator)), line.slice(line.indexOf(separator) + 1)]);
  if (lines.length > 0 && cells.every(([file]) => IMAGE.test(file!))) {
    return cells.map(([file, value]) => ({ file: file!.replace(/#\d+$/, ''), value }));
  }
  throw noColumnsError(columns, source);
}

const IMAGE = /^[^\t]+\.(png|jpe?g|webp|avif|gif|tiff?)(#\d+)?$/i;
