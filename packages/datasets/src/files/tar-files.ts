import { closeSync, createReadStream, fstatSync } from 'node:fs';
import { pipeline } from 'node:stream';
import tar from 'tar-stream';
import { openRegularFile } from '@onestep/checkpoint/node';
import { readAt } from '../random-access.js';
import { describeIgnored, isIgnoredName } from './ignored-names.js';
import { MAX_READ_BYTES, type SourceFiles } from './source-files.js';
import { unpackToTemporaryFile } from './unpack-gzip.js';

interface Member {
  start: number;
  size: number;
}

/**
 * The files of a tar archive, which are read by position. A gzipped archive is unpacked to a temporary file first,
 * which no other program sees, and which is gone when it is closed. Members other than files, such as links, are
 * left out.
 */
export class TarFiles implements SourceFiles {
  readonly only = null;
  readonly isTar = true;
  readonly names: readonly string[];
  readonly notes: readonly string[];
  private isOpen = true;

  private constructor(
    readonly path: string,
    private readonly descriptor: number,
    private readonly members: ReadonlyMap<string, Member>,
    private readonly closeFile: () => void,
  ) {
    const names = [...members.keys()];
    const ignored = names.filter(isIgnoredName);
    this.names = names.filter((name) => !isIgnoredName(name));
    this.notes = ignored.length === 0 ? [] : [describeIgnored(ignored)];
  }

  /**
   * Opens an archive.
   *
   * @param signal stops the unpacking
   * @throws if it is not complete
   */
  static async open(path: string, isGzipped: boolean, signal?: AbortSignal): Promise<TarFiles> {
    const { descriptor, close } = isGzipped ? await unpackToTemporaryFile(path, signal) : openPlain(path);
    try {
      return new TarFiles(path, descriptor, await listMembers(path, descriptor, signal), close);
    } catch (error) {
      close();
      throw error;
    }
  }

  has(name: string): boolean {
    return this.members.has(name);
  }

  size(name: string): number {
    return this.find(name).size;
  }

  read(name: string): Uint8Array {
    const { start, size } = this.find(name);
    if (size > MAX_READ_BYTES) throw new Error(`${this.describe(name)} has ${size} bytes, more than any image.`);
    return readAt(this.descriptor, start, size);
  }

  readPart(name: string, start: number, length: number): Uint8Array {
    const member = this.find(name);
    return readAt(this.descriptor, member.start + start, Math.max(0, Math.min(length, member.size - start)));
  }

  async *stream(name: string): AsyncGenerator<Uint8Array> {
    const { size } = this.find(name);
    for (let at = 0; at < size; at += PIECE) yield this.readPart(name, at, PIECE);
  }

  describe(name: string): string {
    return `${this.path}, ${name}`;
  }

  close(): void {
    if (this.isOpen) this.closeFile();
    this.isOpen = false;
  }

  private find(name: string): Member {
    const member = this.members.get(name);
    if (member === undefined) throw new Error(`${this.path} has no file ${name}.`);
    if (!this.isOpen) throw new Error(`${this.path} has been closed.`);
    return member;
  }
}

const PIECE = 1 << 20;

function openPlain(path: string): { descriptor: number; close: () => void } {
  const descriptor = openRegularFile(path);
  return { descriptor, close: () => closeSync(descriptor) };
}

/** Lists the files of an archive. Of files of one name, the last counts, as when it is unpacked. */
async function listMembers(
  path: string,
  descriptor: number,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Member>> {
  const extract = tar.extract();
  const fileSize = fstatSync(descriptor).size;
  // The reader of `extract` gets the error of either stream.
  const bytes = createReadStream('', { fd: descriptor, autoClose: false, start: 0, highWaterMark: PIECE });
  pipeline(bytes, extract, () => undefined);
  const members = new Map<string, Member>();
  try {
    for await (const entry of extract) {
      signal?.throwIfAborted();
      // tar-stream notes the position of the data; its types do not say so.
      const { type, name, size = 0, byteOffset } = entry.header as typeof entry.header & { byteOffset: number };
      entry.resume();
      if (type !== 'file' && type !== 'contiguous-file') continue;
      if (byteOffset + size > fileSize) throw new Error(`${name} lies outside the file`);
      members.set(name.replace(/^(\.?\/)+/, ''), { start: byteOffset, size });
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`${path}: not a complete tar archive (${(error as Error).message}); copy it again.`, {
      cause: error,
    });
  }
  return members;
}
