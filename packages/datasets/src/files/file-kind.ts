import { closeSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { openRegularFile } from '@onestep/checkpoint/node';
import { readAt } from '../random-access.js';

/** Kinds of files that are recognized by their first bytes. */
export type FileKind =
  | 'zip'
  | 'tar'
  | 'tar.gz'
  | 'idx'
  | 'npy'
  | 'parquet'
  | 'bzip2 archive'
  | 'xz archive'
  | 'Zstandard archive'
  | '7z archive'
  | 'RAR archive'
  | 'LMDB database'
  | 'Arrow file'
  | 'HDF5 file'
  | 'MATLAB file'
  | 'web page'
  | 'Git LFS pointer'
  | 'image'
  | 'other';

/** Bytes from which a kind is recognized, of a packed file too. */
export const HEAD_BYTES = 4096;
const TAR_MAGIC = 257;
const LMDB_MAGIC = 16;

const BEGINNINGS: readonly [string, FileKind][] = [
  ['PK\x03\x04', 'zip'],
  ['PK\x05\x06', 'zip'],
  ['\x93NUMPY', 'npy'],
  ['PAR1', 'parquet'],
  ['BZh', 'bzip2 archive'],
  ['\xfd7zXZ\0', 'xz archive'],
  ['\x28\xb5\x2f\xfd', 'Zstandard archive'],
  ['7z\xbc\xaf\x27\x1c', '7z archive'],
  ['Rar!', 'RAR archive'],
  ['ARROW1', 'Arrow file'],
  // A stream of Arrow begins with its schema.
  ['\xff\xff\xff\xff', 'Arrow file'],
  ['\x89HDF', 'HDF5 file'],
  ['MATLAB 5.0', 'MATLAB file'],
  ['version https://git-lfs', 'Git LFS pointer'],
  ['\x89PNG', 'image'],
  ['\xff\xd8\xff', 'image'],
  ['RIFF', 'image'],
  ['GIF8', 'image'],
  // Images and labels of unsigned bytes: three dimensions or more, and one.
  ['\0\0\x08\x03', 'idx'],
  ['\0\0\x08\x01', 'idx'],
];

/**
 * Recognizes a kind of file.
 *
 * @param head its first 4096 bytes
 */
export function recognizeFile(head: Uint8Array): FileKind {
  const unpacked = isGzip(head) ? unpackHead(head) : head;
  const text = Buffer.from(unpacked).toString('latin1');
  const isTar = text.startsWith('ustar', TAR_MAGIC);
  if (isGzip(head)) return isTar || isOldTar(unpacked) ? 'tar.gz' : isIdx(text) ? 'idx' : 'other';
  if (isTar || isOldTar(unpacked)) return 'tar';
  if (text.startsWith('\xde\xc0\xef\xbe', LMDB_MAGIC)) return 'LMDB database';
  if (/^\s*(<!doctype html|<html)/i.test(text)) return 'web page';
  return BEGINNINGS.find(([begin]) => text.startsWith(begin))?.[1] ?? 'other';
}

/** Recognizes the kind of a file by its contents. */
export function readKind(path: string): FileKind {
  const descriptor = openRegularFile(path);
  try {
    return recognizeFile(readAt(descriptor, 0, HEAD_BYTES));
  } finally {
    closeSync(descriptor);
  }
}

/** Tells whether a file is gzipped. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

function isIdx(text: string): boolean {
  return text.startsWith('\0\0\x08\x03') || text.startsWith('\0\0\x08\x01');
}

/** The beginning of what a gzipped file unpacks to; empty if it is damaged. */
function unpackHead(head: Uint8Array): Uint8Array {
  try {
    // A flush at the end gives what the beginning unpacks to, instead of an error.
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, HEAD_BYTES);
  } catch {
    return new Uint8Array(0);
  }
}

/** Archives of the first version of tar have no magic bytes: their header is known by its checksum. */
function isOldTar(head: Uint8Array): boolean {
  if (head.length < 512 || head[0] === 0) return false;
  const stated = parseInt(Buffer.from(head.subarray(148, 156)).toString('latin1').replace(/\0.*$/s, '').trim(), 8);
  const sum = head.subarray(0, 512).reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  return sum === stated;
}
