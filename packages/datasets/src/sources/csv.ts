/** Separators, in the order in which they are looked for: names of columns have no tabs. */
const SEPARATORS = ['\t', ',', ';', '|'];

/** What is between the fields of a table, by its first line. */
export function separatorOf(text: string): string {
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  return SEPARATORS.find((each) => firstLine.includes(each)) ?? ',';
}

/**
 * Reads the rows of a CSV file (RFC 4180): commas, semicolons, tabs or bars between the fields, quotes around those with commas or line
 * ends in them.
 *
 * @returns one record per row, by the names in the first row
 */
export function parseCsv(text: string): Record<string, string>[] {
  const separator = separatorOf(text);
  const rows: string[][] = [[]];
  const field = new RegExp(
    `(?:"((?:[^"]|"")*)"|([^${separator}\\r\\n]*))(${separator === '|' ? '\\|' : separator}|\\r?\\n|\\r|$)`,
    'y',
  );
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    // A quote without an end: what is left of the line is the field.
    if (match === null) break;
    rows.at(-1)!.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] !== separator && match[3] !== '') rows.push([]);
  }
  const [header = [], ...records] = rows.filter((row) => row.length > 1 || row[0]?.trim());
  return records.map((row) => Object.fromEntries(header.map((name, i) => [name.trim(), row[i] ?? ''])));
}
