import { normalizeName } from '../files/text.js';
import type { SourceLabels } from '../labels.js';
import { imageNameIn } from './file-column.js';
import { findLabelColumn } from './label-column.js';
import { makeLabels } from './make-labels.js';
import type { MetadataTable } from './metadata-tables.js';

/**
 * Labels of tables beside images, in one of their columns.
 *
 * @param column of the labels; undefined for `label` and the like
 * @param images names of those whose labels are needed
 * @returns null if there are no such tables, or they have no labels
 * @throws if a label is not valid, or there is no such column
 */
export function readMetadataLabels(
  tables: readonly MetadataTable[],
  column: string | undefined,
  images: readonly string[],
): SourceLabels | null {
  const values = new Map<string, unknown>();
  for (const { source, folder, rows, fileColumn, columns } of tables) {
    // A table of another part of the data set may have other columns.
    const isNeeded = images.some((name) => name.startsWith(folder));
    if (!isNeeded && column !== undefined && !columns.includes(column)) continue;
    const labels = findLabelColumn(columns, column, source);
    for (const row of rows) {
      const name = imageNameIn(row[fileColumn]);
      if (name !== null) values.set(folder + normalizeName(name), labels === null ? null : row[labels]);
    }
  }
  return makeLabels(values, tables.at(-1)?.source ?? '');
}
