import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mutate } from '../../test-support/mutations.js';
import type { HostileKind, Trap } from './hostile-kind.js';
import { KNOWS_PEAK, readPeak, startPeak } from './memory-peak.js';

/** Memory that reading a file may take: this many times the file, and this many bytes. */
export const MEMORY_FACTOR = 4;
export const MEMORY_BYTES = 256e6;
const LONGEST_MESSAGE = 2500;

/** What happened to a changed file. */
export interface ReadingResult {
  outcome: 'read' | 'refused';
  /** What must not happen, in words. */
  problems: string[];
  /** Bytes of memory more than before, at most. */
  memory: number;
}

/**
 * Changes a file as the seed says, and reads it.
 *
 * @param seed null for the unchanged file
 * @param folder is emptied
 * @param noted what the process did that it must not do, see `auditProcess`
 */
export async function checkReading(
  kind: HostileKind,
  seed: number | null,
  folder: string,
  noted: string[],
): Promise<ReadingResult> {
  const output = emptyFolder(folder);
  const files = { ...kind.files };
  if (seed !== null) files[kind.target] = await change(kind, seed);
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), contents);
  }
  return watchReading(() => kind.read(join(folder, kind.entry), output), folder, noted);
}

/** Makes a trap, and reads it. See {@link checkReading}. */
export async function checkTrap({ make, read }: Trap, folder: string, noted: string[]): Promise<ReadingResult> {
  const output = emptyFolder(folder);
  const path = await make(folder);
  return watchReading(() => read(path, output), folder, noted);
}

/** @returns the path of the empty folder in it that readers may write to */
function emptyFolder(folder: string): string {
  const output = join(folder, 'output');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  return output;
}

async function watchReading(read: () => Promise<void>, folder: string, noted: string[]): Promise<ReadingResult> {
  const fileBytes = bytesOnDisk(folder);
  globalThis.gc?.();
  const before = KNOWS_PEAK ? startPeak() : 0;
  noted.length = 0;
  const problems: string[] = [];
  let outcome: ReadingResult['outcome'] = 'read';
  try {
    await read();
  } catch (error) {
    outcome = 'refused';
    if (!isClear(error)) problems.push(`not a clear error: ${error instanceof Error ? error.stack : String(error)}`);
  }
  const memory = KNOWS_PEAK ? readPeak() - before : 0;
  if (memory > MEMORY_FACTOR * fileBytes + MEMORY_BYTES) {
    problems.push(`${(memory / 1e6).toFixed(0)} MB of memory for ${fileBytes} bytes of files`);
  }
  problems.push(...noted.map((what) => `outside of its folder: ${what}`));
  if (Object.keys(Object.prototype).length > 0) problems.push('it changed the prototype of all objects');
  return { outcome, problems, memory };
}

/** Bytes that the files in a folder take. A hole of a sparse file takes none. */
function bytesOnDisk(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => {
      const { size, blocks } = statSync(join(parentPath, name));
      return sum + Math.min(size, blocks * 512);
    }, 0);
}

async function change({ part, around, files, target }: HostileKind, seed: number): Promise<Uint8Array> {
  const mutated = mutate(part ?? files[target]!, seed);
  return (await around?.(mutated)) ?? mutated;
}

/** An error for users: a sentence that names a file, and no error of the language or of the system. */
function isClear(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof TypeError || error instanceof ReferenceError || error instanceof SyntaxError) return false;
  const { message } = error;
  return (
    /[.?)"]$|Supported are:\n/.test(message) &&
    message.length < LONGEST_MESSAGE &&
    !/undefined|\[object|NaN\b.*bytes/.test(message)
  );
}
