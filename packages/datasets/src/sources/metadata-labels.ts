import { parseJson } from '@onestep/checkpoint';
import type { SourceFiles } from '../files/source-files.js';
import { decodeText, normalizeName } from '../files/text.js';
import type { SourceLabels } from '../labels.js';
import { parseCsv } from './csv.js';
import { findLabelColumn } from './label-column.js';
import { makeLabels } from './make-labels.js';
import { ParquetReader } from './parquet-reader.js';

const METADATA_NAME = /(^|\/)metadata\.(jsonl|csv|parquet)$/i;
const FILE_COLUMN = 'file_name';

/**
 * Labels of the image folders of Hugging Face: files `metadata.jsonl`, `.csv` or `.parquet`, which name an image in
 * `file_name`, relative to the folder they are in, and have its label in another column.
 *
 * @param column of the labels; undefined for `label` and the like
 * @param images names of those whose labels are needed
 * @returns null if there are no such files, or they have no labels
 * @throws if a row is not valid, or there is no such column
 */
export async function readMetadataLabels(
  files: SourceFiles,
  column: string | undefined,
  images: readonly string[],
): Promise<SourceLabels | null> {
  const values = new Map<string, unknown>();
  const tables = files.names.filter((name) => METADATA_NAME.test(name)).sort();
  let source = '';
  for (const table of tables) {
    source = files.describe(table);
    const rows = await readRows(files, table, source);
    if (rows.length === 0) continue;
    const columns = [...new Set(rows.slice(0, 100).flatMap((row) => Object.keys(row)))];
    if (!columns.includes(FILE_COLUMN)) {
      throw new Error(
        `${source} has the columns ${columns.join(', ')}; expected ${FILE_COLUMN}, the name of an image. Rename that column, or leave the labels ` +
          'out: --labels none (labels: none).',
      );
    }
    const others = columns.filter((name) => !/(^|_)file_names?$/.test(name));
    const folder = table.slice(0, table.lastIndexOf('/') + 1);
    // A table of another part of the data set may have other columns.
    const isNeeded = images.some((name) => name.startsWith(folder));
    if (!isNeeded && column !== undefined && !others.includes(column)) continue;
    const labels = findLabelColumn(others, column, source);
    for (const row of rows) {
      const name = row[FILE_COLUMN];
      if (typeof name === 'string') values.set(folder + normalizeName(name), labels === null ? null : row[labels]);
    }
  }
  return makeLabels(values, source);
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
