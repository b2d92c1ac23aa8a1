import { closeSync, fstatSync } from 'node:fs';
import { posix } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import tar from 'tar-stream';
import { openRegularFile } from '@onestep/checkpoint/node';
import { readAt } from '../random-access.js';
import { describeIgnored, isIgnoredName } from './ignored-names.js';
import { MAX_READ_BYTES, type SourceFiles } from './source-files.js';
import { MAX_RATIO, unpackGzip, type RandomAccess } from './unpack-gzip.js';

interface Member {
  start: number;
  size: number;
}

/**
 * The files of a tar archive, which are read by position. A gzipped archive is unpacked first, into memory or to a
 * temporary file. Links to files of the archive are those files; members of other kinds are left out.
 */
export class TarFiles implements SourceFiles {
  readonly only = null;
  readonly isTar = true;
  readonly isFolder = false;
  readonly names: readonly string[];
  readonly notes: readonly string[];
  private isOpen = true;

  private constructor(
    readonly path: string,
    private readonly bytes: RandomAccess,
    private readonly members: ReadonlyMap<string, Member>,
    leftOut: readonly string[],
  ) {
    const names = [...members.keys()];
    const ignored = names.filter(isIgnoredName);
    this.names = names.filter((name) => !isIgnoredName(name));
    this.notes = [
      ...(ignored.length > 0 ? [describeIgnored(ignored)] : []),
      ...(leftOut.length > 0
        ? [
            `members are left out that are not files (links to elsewhere, pipes): ${leftOut.length}, such as ${leftOut[0]}`,
          ]
        : []),
    ];
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
      const { members, leftOut } = await listMembers(path, bytes, signal);
      return new TarFiles(path, bytes, members, leftOut);
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

/** What an archive holds. */
interface Listing {
  members: ReadonlyMap<string, Member>;
  /** Names of members that are neither files nor folders. */
  leftOut: string[];
}

/** Lists the files of an archive. Of files of one name, the last counts, as when it is unpacked. */
async function listMembers(path: string, bytes: RandomAccess, signal: AbortSignal | undefined): Promise<Listing> {
  const extract = tar.extract();
  // The reader of `extract` gets the error of either stream.
  pipeline(Readable.from(piecesOf(bytes)), extract, () => undefined);
  const members = new Map<string, Member>();
  const links = new Map<string, string>();
  const leftOut: string[] = [];
  try {
    for await (const entry of extract) {
      signal?.throwIfAborted();
      // tar-stream notes the position of the data; its types do not say so.
      const { type, size = 0, byteOffset, linkname } = entry.header as typeof entry.header & { byteOffset: number };
      const name = plainName(entry.header.name);
      entry.resume();
      if (type === 'link' || type === 'symlink') {
        // A hard link names its file from the top of the archive, a symbolic one from its own folder.
        const target = type === 'link' ? (linkname ?? '') : posix.join(posix.dirname(name), linkname ?? '');
        links.set(name, plainName(target));
      } else if (type === 'file' || type === 'contiguous-file') {
        if (byteOffset + size > bytes.size) throw new Error(`${name} lies outside the file`);
        members.set(name, { start: byteOffset, size });
      } else if (!KINDS_WITHOUT_CONTENTS.has(type ?? '')) leftOut.push(name);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`${path}: not a complete tar archive (${(error as Error).message}); copy it again.`, {
      cause: error,
    });
  }
  let linked = 0;
  for (const [name, target] of links) {
    const file = members.get(target);
    if (file === undefined) leftOut.push(name);
    else if (!members.has(name)) members.set(name, file);
    linked += file?.size ?? 0;
  }
  if (linked > MAX_RATIO * bytes.size) {
    throw new Error(
      `${path}: its links stand for ${linked} bytes, and it may be a decompression bomb; unpack it yourself.`,
    );
  }
  return { members, leftOut };
}

/** Kinds of members that nobody misses. */
const KINDS_WITHOUT_CONTENTS = new Set(['directory', 'pax-header', 'pax-global-header']);

/** A name without `./` and `/` at its beginning. */
function plainName(name: string): string {
  return name.replace(/^(\.?\/)+/, '');
}
