import { parseJson } from '@onestep/checkpoint';

/**
 * Reads a file with a JSON object on each line, or with a JSON list of them.
 *
 * @param source the file's name, for messages
 * @throws naming the line or the entry that is not one
 */
export function parseJsonLines(text: string, source: string): Record<string, unknown>[] {
  const listed = parseList(text);
  if (listed !== null) return listed.map((row, i) => checkRow(row, `${source}: entry ${i + 1}`));
  const rows: Record<string, unknown>[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    let row: unknown;
    try {
      row = parseJson(line);
    } catch (error) {
      throw new Error(`${source}: line ${i + 1} is not valid JSON (${(error as Error).message}).`, { cause: error });
    }
    rows.push(checkRow(row, `${source}: line ${i + 1}`));
  }
  return rows;
}

/** A JSON list of several records, as some programs write in place of lines; null for anything else. */
function parseList(text: string): unknown[] | null {
  if (!/^\s*\[\s*[{\]]/.test(text)) return null;
  try {
    return parseJson(text) as unknown[];
  } catch {
    return null;
  }
}

/** @param place for messages */
function checkRow(row: unknown, place: string): Record<string, unknown> {
  if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row as Record<string, unknown>;
  throw new Error(`${place} is not a JSON object.`);
}
