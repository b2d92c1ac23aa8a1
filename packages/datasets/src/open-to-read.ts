import { openSync } from 'node:fs';

/** Opens a file that is read by position. @throws naming it if it cannot be opened */
export function openToRead(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}
