import { parseJson } from '@onestep/checkpoint';
import type { SourceFiles } from '../files/source-files.js';
import { decodeText } from '../files/text.js';
import { parseCsv } from './csv.js';
import { ParquetReader } from './parquet-reader.js';

const METADATA_NAME = /(^|\/)(metadata|captions)\.(jsonl|csv|parquet)$/i;
/** Names of the column that names an image, in the order of preference. */
const FILE_COLUMNS = ['file_name', 'file', 'filename', 'image_file'];

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
 * Reads the tables of image folders of Hugging Face: `metadata.jsonl`, `.csv` or `.parquet`, which name an image in
 * `file_name` or `file`, relative to the folder they are in. Also `captions.jsonl` and the like.
 *
 * @returns those with rows
 * @throws naming the file if a row is not valid, or no column names images
 */
export async function readMetadataTables(files: SourceFiles): Promise<MetadataTable[]> {
  const tables: MetadataTable[] = [];
  for (const name of files.names.filter((each) => METADATA_NAME.test(each)).sort()) {
    const source = files.describe(name);
    const rows = await readRows(files, name, source);
    if (rows.length === 0) continue;
    const all = [...new Set(rows.slice(0, 100).flatMap((row) => Object.keys(row)))];
    const fileColumn = FILE_COLUMNS.find((column) => all.includes(column));
    if (fileColumn === undefined) {
      throw new Error(
        `${source} has the columns ${all.join(', ')}; expected file_name, the name of an image. Rename that column, or leave the ` +
          'labels out: --labels none (labels: none).',
      );
    }
    const columns = all.filter((column) => column !== fileColumn && !/(^|_)file_names?$/.test(column));
    tables.push({ source, folder: name.slice(0, name.lastIndexOf('/') + 1), rows, fileColumn, columns });
  }
  return tables;
}

async function readRows(files: SourceFiles, name: string, source: string): Promise<Record<string, unknown>[]> {
  if (name.toLowerCase().endsWith('.parquet')) return (await ParquetReader.open(files, name)).rows();
  const text = decodeText(files.read(name));
  if (name.toLowerCase().endsWith('.csv')) return parseCsv(text);
  const rows: Record<string, unknown>[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    let row: unknown;
    try {
      row = parseJson(line);
    } catch (error) {
      throw new Error(`${source}: line ${i + 1} is not valid JSON (${(error as Error).message}).`, { cause: error });
    }
    if (typeof row !== 'object' || row === null) throw new Error(`${source}: line ${i + 1} is not a JSON object.`);
    rows.push(row as Record<string, unknown>);
  }
  return rows;
}
