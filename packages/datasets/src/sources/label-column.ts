import { findColumn } from './find-column.js';

/** Names of columns of labels, in the order of preference. */
const USUAL = ['label', 'labels', 'fine_label', 'class', 'cls', 'class_id', 'category', 'target'];

/**
 * Finds the column of the labels.
 *
 * @param wanted its name; `none` for none; undefined for a usual name
 * @param source the table's name, for messages
 * @returns null for none
 * @throws if there is no column of the name, listing those that there are
 */
export function findLabelColumn(columns: readonly string[], wanted: string | undefined, source: string): string | null {
  if (wanted === 'none') return null;
  if (wanted === undefined) return findColumn(columns, USUAL);
  // The labels of CIFAR-100 have one name everywhere.
  const found = findColumn(columns, [wanted, `${wanted}_label`, `${wanted}_labels`]);
  if (found === null) {
    throw new Error(
      `${source} has no labels ${wanted}; its columns are ${columns.join(', ') || 'none but the images'}.`,
    );
  }
  return found;
}
