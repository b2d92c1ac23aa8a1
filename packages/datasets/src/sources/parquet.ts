import { countClasses } from '../class-names.js';
import { decodeImage } from '../decoding/decode-image.js';
import { recognizeFile } from '../files/file-kind.js';
import type { SourceFiles } from '../files/source-files.js';
import { decodeText, normalizeName } from '../files/text.js';
import type { SourceLabels } from '../labels.js';
import { findCaptionColumn } from './captions/caption-columns.js';
import { SourceCaptions } from './captions/source-captions.js';
import { findLabelColumn } from './label-column.js';
import { makeLabels } from './make-labels.js';
import { mapAhead } from './map-ahead.js';
import { ParquetReader } from './parquet-reader.js';
import type { ImageSource, SourceChoice, SourceFormat, SourceImage, UnreadableImage } from './source.js';
import { chooseSplit, splitOfShard } from './splits.js';

const PARQUET_NAME = /\.parquet$/i;
/** Names of columns of images, in the order of preference. */
const IMAGE_COLUMNS = ['image', 'img', 'images', 'jpg', 'png', 'webp', 'image_bytes', 'bytes'];
/** Images decoded ahead. */
const AHEAD = 4;

/**
 * Tables of images, as Hugging Face stores data sets: Parquet files with a column of encoded images (`bytes`, or
 * records with `bytes`) and possibly labels, with the names of the classes. One row group at a time is in memory.
 */
export const parquet: SourceFormat = {
  looksLike:
    'Parquet files with a column of images (Hugging Face): a file, a folder, or train-{00000..00004}-of-00005.parquet',
  hasCaptions: true,
  recognizes: (files) => listTables(files).length > 0,
  async open(files, choice) {
    const { items: tables, notes } = chooseSplit(listTables(files), splitOfShard, choice.split, files.path, 'file');
    const readers: ParquetReader[] = [];
    for (const name of tables) readers.push(await ParquetReader.open(files, name));
    const column = findImageColumn(readers[0]!);
    for (const reader of readers) {
      if (!reader.columns().some(({ name }) => name === column))
        throw new Error(`${reader.source} has no column ${column}.`);
    }
    const labels = await readLabels(readers, column, choice.labels);
    const captions = await readCaptions(readers, column, choice.captions);
    return openRows(files, readers, column, { labels, captions, notes: [...files.notes, ...notes] });
  },
};

/** The Parquet files; none if there are images beside them, of which they are a list. */
function listTables(files: SourceFiles): string[] {
  if (files.only !== null) {
    return recognizeFile(files.readPart(files.only, 0, 16)) === 'parquet' ? [files.only] : [];
  }
  if (files.isTar) return [];
  const tables = files.names.filter((name) => PARQUET_NAME.test(name)).sort();
  const isList = tables.some((name) => /(^|\/)metadata\.parquet$/i.test(name));
  return isList ? [] : tables;
}

function findImageColumn(reader: ParquetReader): string {
  const columns = reader.columns();
  const features = reader.features();
  const stated = columns.find(({ name }) => features[name]?._type === 'Image');
  const named = IMAGE_COLUMNS.flatMap((name) => columns.find((column) => column.name === name && column.isBytes) ?? []);
  const found = stated ?? columns.find(({ isRecord }) => isRecord) ?? named[0];
  if (found === undefined) {
    throw new Error(
      `${reader.source} has the columns ${columns.map(({ name }) => name).join(', ')}; expected one with encoded images: ` +
        `${IMAGE_COLUMNS.join(', ')}, of bytes, or of records with bytes.`,
    );
  }
  return found.name;
}

/** Name of an image: its table and row. */
const nameRow = (reader: ParquetReader, row: number) => `${reader.source} (row ${row})`;

/** The names of all images. */
function rowNames(readers: readonly ParquetReader[]): string[] {
  return readers.flatMap((reader) => Array.from({ length: reader.numRows }, (_, row) => nameRow(reader, row)));
}

async function readLabels(
  readers: readonly ParquetReader[],
  images: string,
  wanted: SourceChoice['labels'],
): Promise<SourceLabels | null> {
  const values = new Map<string, unknown>();
  const [first] = readers as [ParquetReader];
  const columns = first
    .columns()
    .map(({ name }) => name)
    .filter((name) => name !== images);
  const features = first.features();
  const stated = columns.filter((name) => features[name]?._type === 'ClassLabel');
  const usual = findLabelColumn(columns, wanted, first.source);
  const column = wanted === undefined ? (usual ?? stated[0] ?? null) : usual;
  if (column === null) return null;
  for (const reader of readers) {
    let row = 0;
    for await (const group of reader.values(column)) {
      for (let i = 0; i < group.length; i++) {
        const value = group[i] instanceof Uint8Array ? decodeText(group[i] as Uint8Array) : group[i];
        // Hugging Face writes -1 for a label that is not published.
        const isMissing = value === undefined || Number(value) === -1;
        values.set(nameRow(reader, row++), isMissing ? null : value);
      }
    }
  }
  const names = features[column]?.names;
  const isNames = Array.isArray(names) && names.every((name) => typeof name === 'string');
  return makeLabels(values, `${first.source}, ${column}`, isNames ? (names as string[]) : null);
}

/**
 * Captions by the names of the rows, of a column `text`, `caption` or the like.
 *
 * @param wanted another column, or `none`
 * @throws if a table has no such column
 */
async function readCaptions(
  readers: readonly ParquetReader[],
  images: string,
  wanted: string | undefined,
): Promise<SourceCaptions> {
  const captions = new SourceCaptions();
  if (wanted === 'none') return captions;
  for (const reader of readers) {
    const columns = reader.columns().flatMap(({ name }) => (name === images ? [] : [name]));
    const column = findCaptionColumn(columns, wanted);
    if (column === null && wanted !== undefined) {
      throw new Error(
        `${reader.source} has no captions ${wanted}; its columns are ${columns.join(', ') || 'none but the images'}. ` +
          'Name one of these, or leave out --captions (captions).',
      );
    }
    if (column === null) continue;
    let row = 0;
    for await (const group of reader.values(column)) {
      for (let i = 0; i < group.length; i++) captions.add(nameRow(reader, row++), group[i]);
    }
  }
  return captions;
}

/** Says what a cell has in the place of an encoded image. */
function describeMissing(value: unknown): string {
  const path = (value as { path?: unknown } | null)?.path;
  const where = path instanceof Uint8Array ? decodeText(path) : path;
  return typeof where === 'string' && where !== ''
    ? `it has the path of an image, ${where}, and no bytes; convert the folder of the images`
    : 'it has no bytes of an image';
}

function openRows(
  files: SourceFiles,
  readers: readonly ParquetReader[],
  column: string,
  { labels, captions, notes }: { labels: SourceLabels | null; captions: SourceCaptions; notes: readonly string[] },
): ImageSource {
  const findLabel = (name: string) => labels?.byName.get(normalizeName(name)) ?? null;
  const count = readers.reduce((sum, reader) => sum + reader.numRows, 0);
  const isWhole = labels !== null && labels.byName.size === count;
  const numClasses = isWhole ? countClasses(labels.byName.values()) : 0;
  const decode = async ({ name, value }: { name: string; value: unknown }): Promise<SourceImage | UnreadableImage> => {
    const bytes = value instanceof Uint8Array ? value : (value as { bytes?: unknown } | null)?.bytes;
    if (!(bytes instanceof Uint8Array)) return { name, problem: `${name}: ${describeMissing(value)}.` };
    try {
      return {
        ...(await decodeImage(bytes, name)),
        name,
        label: findLabel(name),
        caption: captions.get(name),
      };
    } catch (error) {
      return { name, problem: (error as Error).message };
    }
  };
  return {
    count,
    numClasses,
    // A table may name classes that none of its images has.
    classNames: numClasses === 0 ? null : (labels?.classNames?.slice(0, numClasses) ?? null),
    notes: [...notes, ...captions.notes(rowNames(readers))],
    async *images(limit) {
      let left = limit;
      for (const reader of readers) {
        let row = 0;
        for await (const group of reader.values(column)) {
          if (left <= 0) return;
          const first = row;
          const items = Array.from({ length: Math.min(group.length, left) }, (_, i) => ({
            name: nameRow(reader, first + i),
            value: group[i],
          }));
          yield* mapAhead(items, AHEAD, decode);
          row += group.length;
          left -= items.length;
        }
      }
    },
    close: () => files.close(),
  };
}
