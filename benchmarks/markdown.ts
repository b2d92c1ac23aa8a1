import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/**
 * Writes tables into a document, each between `<!-- measured NAME -->` and `<!-- /measured -->`.
 *
 * @returns the names of the tables that the document has no place for
 */
export function writeTables(path: URL, tables: ReadonlyMap<string, string>): string[] {
  if (!existsSync(path)) return [...tables.keys()];
  let text = readFileSync(path, 'utf8');
  const missing: string[] = [];
  for (const [name, contents] of tables) {
    const place = new RegExp(`(<!-- measured ${name} -->\n)[^]*?(<!-- /measured -->)`);
    if (!place.test(text)) missing.push(name);
    text = text.replace(place, (_, start: string, end: string) => `${start}\n${contents}\n\n${end}`);
  }
  writeFileSync(path, text);
  return missing;
}
