import { closeSync, fstatSync } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import tar from 'tar-stream';
import { openRegularFile } from '@onestep/checkpoint/node';
import { readAt } from '../random-access.js';
import { describeIgnored, isIgnoredName } from './ignored-names.js';
import { MAX_READ_BYTES, type SourceFiles } from './source-files.js';
import { unpackGzip, type RandomAccess } from './unpack-gzip.js';

interface Member {
  start: number;
  size: number;
}

/**
 * The files of a tar archive, which are read by position. A gzipped archive is unpacked first, into memory or to a
 * temporary file. Members other than files, such as links, are left out.
 */
export class TarFiles implements SourceFiles {
  readonly only = null;
  readonly isTar = true;
  readonly names: readonly string[];
  readonly notes: readonly string[];
  private isOpen = true;

  private constructor(
    readonly path: string,
    private readonly bytes: RandomAccess,
    private readonly members: ReadonlyMap<string, Member>,
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
    const bytes = isGzipped ? await unpackGzip(path, signal) : openPlain(path);
    try {
      return new TarFiles(path, bytes, await listMembers(path, bytes, signal));
    } catch (error) {
      bytes.close();
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
    return this.bytes.read(start, size);
  }

  readPart(name: string, start: number, length: number): Uint8Array {
    const member = this.find(name);
    return this.bytes.read(member.start + start, Math.max(0, Math.min(length, member.size - start)));
  }

  async *stream(name: string): AsyncGenerator<Uint8Array> {
    const { size } = this.find(name);
    for (let at = 0; at < size; at += PIECE) yield this.readPart(name, at, PIECE);
  }

  describe(name: string): string {
    return `${this.path}, ${name}`;
  }

  close(): void {
    if (this.isOpen) this.bytes.close();
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

function openPlain(path: string): RandomAccess {
  const descriptor = openRegularFile(path);
  return {
    size: fstatSync(descriptor).size,
    read: (position, length) => readAt(descriptor, position, length),
    close: () => closeSync(descriptor),
  };
}

function* piecesOf(bytes: RandomAccess): Generator<Uint8Array> {
  for (let at = 0; at < bytes.size; at += PIECE) yield bytes.read(at, PIECE);
}

/** Lists the files of an archive. Of files of one name, the last counts, as when it is unpacked. */
async function listMembers(
  path: string,
  bytes: RandomAccess,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Member>> {
  const extract = tar.extract();
  // The reader of `extract` gets the error of either stream.
  pipeline(Readable.from(piecesOf(bytes)), extract, () => undefined);
  const members = new Map<string, Member>();
  try {
    for await (const entry of extract) {
      signal?.throwIfAborted();
      // tar-stream notes the position of the data; its types do not say so.
      const { type, name, size = 0, byteOffset } = entry.header as typeof entry.header & { byteOffset: number };
      entry.resume();
      if (type !== 'file' && type !== 'contiguous-file') continue;
      if (byteOffset + size > bytes.size) throw new Error(`${name} lies outside the file`);
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
