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
  return FILE_COLUMNS.find((name) => columns.includes(name)) ?? null;
}
