import { isImageName } from '../decoding/image-format.js';
import type { SourceFiles } from '../files/source-files.js';
import { decodeText } from '../files/text.js';
import { ImageNames } from './captions/image-names.js';
import { parseCsv } from './csv.js';
import { findFileColumn } from './file-column.js';
import { parseJsonLines } from './json-lines.js';
import { ParquetReader } from './parquet-reader.js';

const METADATA_NAME = /(^|\/)(metadata|captions)\.(jsonl|csv|tsv|parquet)$/i;

/** A table that says something about images, in a folder with them. */
export interface MetadataTable {
  /** For messages. */
  source: string;
  /** The folder that it is in, with a slash at its end; empty for the top. */
  folder: string;
  rows: readonly Record<string, unknown>[];
  /** The column that names the images, relative to the folder. */
  fileColumn: string;
  /** The other columns. */
  columns: readonly string[];
}

/**
 * Reads the tables of image folders of Hugging Face: `metadata.jsonl`, `.csv`, `.tsv` or `.parquet`, which name an image in
 * `file_name` or the like, relative to the folder they are in, or in any column of names of images. Also `captions.jsonl` and the
 * like.
 *
 * @param needed whether a table has to name images; else one that does not is left out
 * @returns those with rows
 * @throws naming the file if a row is not valid, or no column names images
 */
export async function readMetadataTables(files: SourceFiles, needed: boolean): Promise<MetadataTable[]> {
  const tables: MetadataTable[] = [];
  for (const name of files.names.filter((each) => METADATA_NAME.test(each)).sort()) {
    const source = files.describe(name);
    const rows = await readRows(files, name, source);
    if (rows.length === 0) continue;
    const all = [...new Set(rows.slice(0, 100).flatMap((row) => Object.keys(row)))];
    const folder = name.slice(0, name.lastIndexOf('/') + 1);
    const fileColumn = findFileColumn(all) ?? columnOfImages(rows, all, { files, folder });
    if (fileColumn === null) {
      if (!needed) continue;
      throw new Error(
        `${source} has the columns ${all.join(', ')}; expected file_name, the name of an image. Rename that column, or leave the ` +
          'table out: --labels none --captions none (labels, captions: none).',
      );
    }
    const columns = all.filter((column) => column !== fileColumn && !/(^|_)file_names?$/.test(column));
    tables.push({ source, folder, rows, fileColumn, columns });
  }
  return tables;
}

/** Rows in which a column has to name images that are there. */
const LOOKED_AT = 20;

/** The column that names images, whatever it is called; null for none. */
function columnOfImages(
  rows: readonly Record<string, unknown>[],
  columns: readonly string[],
  { files, folder }: { files: SourceFiles; folder: string },
): string | null {
  const names = new ImageNames(files.names.filter(isImageName));
  const isThere = (value: unknown) =>
    typeof value === 'string' && isImageName(value) && names.find(value, folder) !== null;
  return columns.find((column) => rows.slice(0, LOOKED_AT).every((row) => isThere(row[column]))) ?? null;
}

async function readRows(files: SourceFiles, name: string, source: string): Promise<Record<string, unknown>[]> {
  if (name.toLowerCase().endsWith('.parquet')) return (await ParquetReader.open(files, name)).rows();
  const text = decodeText(files.read(name));
  return name.toLowerCase().endsWith('.jsonl') ? parseJsonLines(text, source) : parseCsv(text);
}
