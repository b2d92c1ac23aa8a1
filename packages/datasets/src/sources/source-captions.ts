import { cleanCaption } from '../captions.js';
import type { SourceFiles } from '../files/source-files.js';
import { decodeText, normalizeName } from '../files/text.js';
import type { MetadataTable } from './metadata-tables.js';

/** Captions by the names of images in the form of `normalizeName`, none of them empty. */
export type SourceCaptions = ReadonlyMap<string, string>;

/** Names of columns of captions, in the order of preference. */
const COLUMNS = ['caption', 'text', 'captions', 'prompt', 'description'];

/** The column of captions of a table; null for none. */
export function findCaptionColumn(columns: readonly string[]): string | null {
  return COLUMNS.find((name) => columns.includes(name)) ?? null;
}

/**
 * The caption in a cell or a JSON value: text, or the first of a list of texts.
 *
 * @returns an empty one where there is none
 */
export function captionOf(value: unknown): string {
  const first = Array.isArray(value) ? (value as unknown[])[0] : value;
  return typeof first === 'string' ? cleanCaption(first) : '';
}

/** Captions of tables beside images, in a column `caption`, `text` or the like. */
export function readMetadataCaptions(tables: readonly MetadataTable[]): SourceCaptions {
  const captions = new Map<string, string>();
  for (const { folder, rows, fileColumn, columns } of tables) {
    const column = findCaptionColumn(columns);
    if (column === null) continue;
    for (const row of rows) {
      const [name, caption] = [row[fileColumn], captionOf(row[column])];
      if (typeof name === 'string' && caption !== '') captions.set(folder + normalizeName(name), caption);
    }
  }
  return captions;
}

/** Captions of text files beside images: `name.txt` or `name.caption` of `name.png`. */
export function readTextCaptions(files: SourceFiles, images: readonly string[]): SourceCaptions {
  const captions = new Map<string, string>();
  for (const image of images) {
    const stem = image.slice(0, image.lastIndexOf('.'));
    const name = [`${stem}.txt`, `${stem}.caption`].find((candidate) => files.has(candidate));
    const caption = name === undefined ? '' : cleanCaption(decodeText(files.read(name)));
    if (caption !== '') captions.set(normalizeName(image), caption);
  }
  return captions;
}

/** A line about captions that are missing, and one about characters that are not in the encoding of the file. */
export function describeCaptions(captions: SourceCaptions, images: readonly string[]): string[] {
  if (captions.size === 0) return [];
  const without = images.filter((name) => !captions.has(normalizeName(name)));
  const broken = [...captions].filter(([, caption]) => caption.includes('\uFFFD'));
  return [
    ...(without.length === 0 ? [] : [`images without a caption: ${without.length}, the first ${without[0]}`]),
    ...(broken.length === 0
      ? []
      : [`captions with characters that are not UTF-8: ${broken.length}, the first that of ${broken[0]![0]}`]),
  ];
}
