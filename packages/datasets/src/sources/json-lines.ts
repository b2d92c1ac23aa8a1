import { parseJson } from '@onestep/checkpoint';

/**
 * Reads a file with a JSON object on each line.
 *
 * @param source the file's name, for messages
 * @throws naming the line that is not one
 */
export function parseJsonLines(text: string, source: string): Record<string, unknown>[] {
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
