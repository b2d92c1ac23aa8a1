import { gatherJson, type Communicator } from './communicator.js';

/** Bytes that all processes together send at a time. */
const AT_ONCE = 64 * 2 ** 20;

/**
 * Sends bytes to process 0. They are sent in parts, so that the others never hold what all of them have.
 *
 * @param pieces what this process has, in order
 * @param part bytes that a process sends at a time; the same number in all of them
 * @returns in process 0 the bytes of all processes, one process after the other; empty elsewhere
 */
export async function collectOnFirst(
  communicator: Communicator,
  pieces: readonly Uint8Array[],
  part = Math.ceil(AT_ONCE / communicator.size),
): Promise<Uint8Array> {
  const own = pieces.reduce((sum, { length }) => sum + length, 0);
  const lengths = await gatherJson(communicator, own);
  const all = new Uint8Array(communicator.rank === 0 ? lengths.reduce((a, b) => a + b, 0) : 0);
  const next = partsOf(pieces, Math.min(part, own));
  const starts = lengths.map((_, rank) => lengths.slice(0, rank).reduce((a, b) => a + b, 0));
  for (let sent = 0; sent < Math.max(...lengths); sent += part) {
    const parts = await communicator.gather(next());
    if (communicator.rank > 0) continue;
    for (const [rank, bytes] of parts.entries()) if (bytes.length > 0) all.set(bytes, starts[rank]! + sent);
  }
  return all;
}

/** Returns a function that returns the next `size` bytes of the pieces; at the end fewer, and then none. */
function partsOf(pieces: readonly Uint8Array[], size: number): () => Uint8Array {
  let [index, offset] = [0, 0];
  return () => {
    const bytes = new Uint8Array(size);
    let filled = 0;
    while (filled < size && index < pieces.length) {
      const rest = pieces[index]!.subarray(offset, offset + size - filled);
      bytes.set(rest, filled);
      filled += rest.length;
      offset += rest.length;
      if (offset === pieces[index]!.length) [index, offset] = [index + 1, 0];
    }
    return bytes.slice(0, filled);
  };
}
