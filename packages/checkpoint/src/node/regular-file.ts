import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  openSync,
  readFileSync,
  statSync,
  type ReadStream,
  type Stats,
} from 'node:fs';
import { CheckpointError } from '../checkpoint-error.js';

/** Contents that are read whole: no picture and no list of labels is larger. */
const MAX_BYTES = 2 ** 29;

/**
 * Opens a file to read it. What is not a file is refused: a pipe that nobody writes to would be waited for without end,
 * and a device may have no end.
 *
 * @returns its descriptor
 * @throws CheckpointError if it is a pipe, a device or a folder; an error naming the path, with the system's `code`, if it is
 *   missing or cannot be read
 */
export function openRegularFile(path: string): number {
  let descriptor: number;
  try {
    // Without waiting for the other end of a pipe.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw systemError(path, error as NodeJS.ErrnoException);
  }
  const status = fstatSync(descriptor);
  if (status.isFile()) return descriptor;
  closeSync(descriptor);
  const kind = status.isDirectory() ? 'folder' : status.isFIFO() ? 'pipe' : 'device';
  throw new CheckpointError(path, `it is a ${kind}, not a file`);
}

/**
 * Looks at a path, through links.
 *
 * @returns null if there is nothing
 * @throws naming the path if a link leads back to itself, or a folder above it may not be entered
 */
export function lookAt(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    throw systemError(path, error as NodeJS.ErrnoException);
  }
}

/**
 * Reads a whole file.
 *
 * @param most bytes that a file of its kind may have (512 MiB)
 * @throws as {@link openRegularFile} does, or if it is larger
 */
export function readRegularFile(path: string, most = MAX_BYTES): Buffer {
  const descriptor = openRegularFile(path);
  try {
    const { size } = fstatSync(descriptor);
    if (size > most) throw new Error(`${path} has ${size} bytes; a file of its kind has at most ${most}.`);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Reads a file in pieces.
 *
 * @throws as {@link openRegularFile} does
 */
export function streamRegularFile(path: string, options: { highWaterMark?: number } = {}): ReadStream {
  return createReadStream(path, { ...options, fd: openRegularFile(path) });
}

function systemError(path: string, error: NodeJS.ErrnoException): Error {
  return Object.assign(new Error(describeFailure(path, error), { cause: error }), { code: error.code });
}

function describeFailure(path: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return `${path} does not exist.`;
  if (code === 'ELOOP') return `${path} is a link that leads back to itself.`;
  if (code === 'EACCES') return `${path} may not be read: its permissions forbid it.`;
  return `${path} cannot be read: ${message}.`;
}
