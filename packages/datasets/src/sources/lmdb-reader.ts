import { closeSync } from 'node:fs';
import { openRegularFile } from '@onestep/checkpoint/node';
import { readAt } from '../random-access.js';

/** A record of the database. */
export interface LmdbRecord {
  key: Uint8Array;
  value: Uint8Array;
}

const MAGIC = 0xbeefc0de;
const VERSION = 1;
const PAGE_HEADER = 16;
const META_BYTES = PAGE_HEADER + 136;
/** Offsets in a meta page, and in the description of a database that it contains. */
const META = { magic: 16, version: 20, freeDatabase: 40, mainDatabase: 88, transaction: 144 };
const DATABASE = { flags: 4, entries: 32, root: 40 };
const NO_PAGE = 0xffffffffffffffffn;
const BRANCH = 1;
const LEAF = 2;
const OVERFLOW = 4;
const NODE_HEADER = 8;
/** Flag of a node whose value is on pages of its own. */
const BIG_VALUE = 1;
const MAX_DEPTH = 32;
/** Bytes of a value; no image is larger. */
const MAX_VALUE = 2 ** 28;

/**
 * Reads the records of an LMDB database (format version 1 of LMDB 0.9, 64 bits, little-endian) in the order
 * of the keys.
 *
 * The file is read page by page, and not locked, since published databases do not change. A tree of branch
 * pages leads to leaf pages with keys and values.
 */
export class LmdbReader {
  private constructor(
    private readonly path: string,
    private readonly descriptor: number,
    private readonly pageSize: number,
    private readonly root: bigint,
    /** Number of records. */
    readonly count: number,
  ) {}

  /**
   * Opens a database, `data.mdb` in a folder of LSUN.
   *
   * @throws if it is missing or not of this format
   */
  static open(path: string): LmdbReader {
    const descriptor = openRegularFile(path);
    try {
      const first = readMeta(descriptor, 0);
      const second = first === null ? null : readMeta(descriptor, first.pageSize);
      const newest = second !== null && second.transaction > first!.transaction ? second : first;
      if (newest === null) throw new Error(`${path}: not an LMDB database of format version ${VERSION}.`);
      return new LmdbReader(path, descriptor, newest.pageSize, newest.root, newest.count);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }

  /**
   * Reads all records.
   *
   * @throws if a page is damaged
   */
  *records(): Generator<LmdbRecord> {
    if (this.root === NO_PAGE) return;
    let left = this.count;
    for (const record of this.below(this.root, 0)) {
      if (left-- === 0) throw this.damageError(`it has more than the ${this.count} records it states`);
      yield record;
    }
    if (left > 0) throw this.damageError(`it has only ${this.count - left} of the ${this.count} records it states`);
  }

  private *below(number: bigint, depth: number): Generator<LmdbRecord> {
    if (depth > MAX_DEPTH) throw this.damageError('its tree of pages has no end');
    const page = this.readPage(number, this.pageSize);
    const flags = page.readUInt16LE(10);
    if ((flags & (BRANCH | LEAF)) === 0) throw this.damageError(`page ${number} is of another kind (${flags})`);
    const nodes = (page.readUInt16LE(12) - PAGE_HEADER) >> 1;
    for (let i = 0; i < nodes; i++) {
      const at = page.readUInt16LE(PAGE_HEADER + 2 * i);
      if (at < PAGE_HEADER || at + NODE_HEADER > page.length) {
        throw this.damageError(`page ${number} points outside itself`);
      }
      const [low, high, nodeFlags] = [page.readUInt16LE(at), page.readUInt16LE(at + 2), page.readUInt16LE(at + 4)];
      if (flags & BRANCH) {
        yield* this.below(BigInt(low) | (BigInt(high) << 16n) | (BigInt(nodeFlags) << 32n), depth + 1);
        continue;
      }
      const keyEnd = at + NODE_HEADER + page.readUInt16LE(at + 6);
      const size = low + high * 2 ** 16;
      const inline = nodeFlags & BIG_VALUE ? 8 : size;
      if (nodeFlags & ~BIG_VALUE) throw this.damageError('it holds other databases');
      if (keyEnd + inline > page.length || size > MAX_VALUE) {
        throw this.damageError(`a record of page ${number} has no end`);
      }
      const key = page.subarray(at + NODE_HEADER, keyEnd);
      const value = inline === size && !(nodeFlags & BIG_VALUE) ? page.subarray(keyEnd, keyEnd + size) : null;
      yield { key, value: value ?? this.readOverflow(page.readBigUInt64LE(keyEnd), size) };
    }
  }

  private readOverflow(number: bigint, size: number): Uint8Array {
    const pages = this.readPage(number, PAGE_HEADER + size);
    if ((pages.readUInt16LE(10) & OVERFLOW) === 0) throw this.damageError(`page ${number} should hold a value`);
    return pages.subarray(PAGE_HEADER);
  }

  private readPage(number: bigint, length: number): Buffer {
    const position = Number(number) * this.pageSize;
    // A number that is no position in any file is not one in this.
    const bytes = Number.isSafeInteger(position) ? readAt(this.descriptor, position, length) : Buffer.alloc(0);
    if (bytes.length < length) throw this.damageError(`page ${number} lies outside the file, which is not complete`);
    if (bytes.readBigUInt64LE(0) !== number) throw this.damageError(`page ${number} has the number of another page`);
    return bytes;
  }

  private damageError(what: string): Error {
    return new Error(`${this.path}: a damaged LMDB database: ${what}. Copy it again.`);
  }
}

interface MetaPage {
  pageSize: number;
  root: bigint;
  count: number;
  transaction: bigint;
}

/** @returns null if it is not a meta page */
function readMeta(descriptor: number, position: number): MetaPage | null {
  const page = readAt(descriptor, position, META_BYTES);
  if (page.length < META_BYTES) return null;
  if (page.readUInt32LE(META.magic) !== MAGIC || page.readUInt32LE(META.version) !== VERSION) return null;
  const pageSize = page.readUInt32LE(META.freeDatabase);
  // A power of two up to 64 KiB. Flags other than 0 mean sorted duplicates, which have other kinds of pages.
  if (pageSize < 512 || pageSize > 1 << 16 || (pageSize & (pageSize - 1)) !== 0) return null;
  if (page.readUInt16LE(META.mainDatabase + DATABASE.flags) !== 0) return null;
  return {
    pageSize,
    root: page.readBigUInt64LE(META.mainDatabase + DATABASE.root),
    count: Number(page.readBigUInt64LE(META.mainDatabase + DATABASE.entries)),
    transaction: page.readBigUInt64LE(META.transaction),
  };
}
