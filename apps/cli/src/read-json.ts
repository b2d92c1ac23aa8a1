import { parseJson } from '@onestep/checkpoint';
import { readRegularFile } from '@onestep/checkpoint/node';
import { UserError } from './user-error.js';

/**
 * Reads a JSON object that this program wrote.
 *
 * @param properties it must have
 * @returns null if there is no such file
 * @throws UserError if it is damaged
 */
export async function readJson<T extends object>(path: string, properties: (keyof T & string)[]): Promise<T | null> {
  let text: string;
  try {
    text = readRegularFile(path).toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const value = parse(text);
  if (typeof value !== 'object' || value === null || !properties.every((name) => name in value)) {
    throw new UserError(`${path} is damaged. Delete it and run the command again: it will be made anew.`);
  }
  return value as T;
}

function parse(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}
