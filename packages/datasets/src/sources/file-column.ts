import { findColumn } from './find-column.js';

/** Names of the column that names an image, in the order of preference. */
export const FILE_COLUMNS: readonly string[] = [
  'file_name',
  'file',
  'image',
  'filename',
  'image_file',
  'image_name',
  'image_path',
  'file_path',
  'filepath',
  'path',
];

/** Finds the column that names the images; null for none. */
export function findFileColumn(columns: readonly string[]): string | null {
  return findColumn(columns, FILE_COLUMNS);
}

/** The name of an image in a cell: text, or a record with its path, as Hugging Face's `Image` is; null for neither. */
export function imageNameIn(value: unknown): string | null {
  if (typeof value === 'string') return value;
  const { path, file_name: fileName } = Object(value) as { path?: unknown; file_name?: unknown };
  return [path, fileName].find((name): name is string => typeof name === 'string') ?? null;
}
