import { Rng } from '@onestep/random';

/** Bytes with a meaning in the formats: pickle opcodes, limits of counters, ZIP signatures. */
const SPECIAL_BYTES = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x28, 0x2e, 0x52, 0x63, 0x68, 0x7d, 0x93, 0x94, 0x51, 0x50, 0x4b];
/** Sizes that are too large, overflow or are negative. */
const SIZES = [0n, 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 1n << 40n, (1n << 63n) - 1n, (1n << 64n) - 1n];

type Bytes = Uint8Array<ArrayBuffer>;
/** A change at a position. `below(n)` draws an integer from 0 to n - 1. */
type Change = (bytes: Bytes, at: number, below: (n: number) => number) => Bytes;

/** Makes a change that does not move other bytes. */
const inPlace =
  (set: (bytes: Bytes, at: number, below: (n: number) => number) => void): Change =>
  (bytes, at, below) => {
    if (at < bytes.length) set(bytes, at, below);
    return bytes;
  };

const IN_PLACE: Change[] = [
  inPlace((bytes, at, below) => (bytes[at]! ^= 1 << below(8))),
  inPlace((bytes, at, below) => (bytes[at] = SPECIAL_BYTES[below(SPECIAL_BYTES.length)]!)),
  inPlace((bytes, at, below) => (bytes[at] = bytes[below(bytes.length)]!)),
  inPlace((bytes, at, below) => (bytes[at]! += below(5) - 2)),
  // Replaces a digit of text by another.
  inPlace((bytes, at, below) => {
    const digit = bytes.findIndex((byte, i) => i >= at && byte >= 0x30 && byte <= 0x39);
    if (digit >= 0) bytes[digit] = 0x30 + below(10);
  }),
  inPlace((bytes, at, below) => {
    const size = SIZES[below(SIZES.length)]!;
    const view = new DataView(bytes.buffer);
    if (at + 8 > bytes.length || below(2) === 0) {
      if (at + 4 <= bytes.length) view.setUint32(at, Number(size & 0xffffffffn), true);
    } else view.setBigUint64(at, size, true);
  }),
  // Copies a piece of the file over another.
  inPlace((bytes, at, below) => {
    const piece = bytes.slice(at, at + 1 + below(40));
    bytes.set(piece, below(bytes.length - piece.length + 1));
  }),
];

const SHIFTING: Change[] = [
  (bytes, at) => bytes.slice(0, at),
  (bytes, at, below) => concat(bytes.subarray(0, at), bytes.subarray(at + 1 + below(20))),
  (bytes, at, below) => concat(bytes.subarray(0, at + 1 + below(20)), bytes.subarray(at)),
];

/** Returns the file with one to three random changes, which the seed determines. */
export function mutate(file: Uint8Array, seed: number): Uint8Array {
  const rng = new Rng(seed);
  const below = (n: number) => rng.integers(1, Math.max(1, n))[0]!;
  let bytes: Bytes = Uint8Array.from(file);
  const changes = 1 + Math.max(0, below(5) - 2);
  for (let i = 0; i < changes; i++) {
    const kinds = below(8) === 0 ? SHIFTING : IN_PLACE;
    bytes = kinds[below(kinds.length)]!(bytes, drawPosition(bytes.length, below), below);
  }
  return bytes;
}

/** Draws a position. Half of them fall on the first or last kilobyte, where headers and directories are. */
function drawPosition(length: number, below: (n: number) => number): number {
  switch (below(4)) {
    case 0:
      return below(Math.min(length, 1024));
    case 1:
      return Math.max(0, length - 1 - below(1024));
    default:
      return below(length);
  }
}

function concat(...parts: Uint8Array[]): Bytes {
  return Uint8Array.from(Buffer.concat(parts));
}
