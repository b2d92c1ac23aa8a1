/** Makes every call of a communicator, and prints what it found as a line of JSON in rank 0. */
import { agree } from '@onestep/diffusion-core';
import { openMpi } from '@onestep/mpi';

const communicator = await openMpi();
const { rank, size } = communicator;
const found: Record<string, unknown> = { size, localSize: communicator.localSize, library: communicator.library };

const singles = Float32Array.of(1, rank, 0.5);
await communicator.sum(singles);
found.singles = [...singles];
const doubles = Float64Array.of(2 ** -40 + rank);
await communicator.sum(doubles);
found.doubles = [...doubles];
// A view of a part of a longer array, which must not change around it. It takes two calls of MPI.
const long = new Float32Array(17_000_003).fill(rank + 1);
await communicator.sum(long.subarray(1, -1));
found.long = [long[0], long[1], long.at(-2), long.at(-1)];

const sent = new TextEncoder().encode(rank === 0 ? 'from rank 0' : '');
found.broadcast = new TextDecoder().decode(await communicator.broadcast(sent));
const parts = await communicator.gather(new Uint8Array(rank * 100_000).fill(rank));
found.gathered = parts.map((bytes) => [bytes.length, bytes.every((byte, i) => byte === bytes[0] && i >= 0)]);

// Calls that are not waited for are made in order.
const [a, b] = [Float64Array.of(1), Float64Array.of(10)];
await Promise.all([communicator.sum(a), communicator.barrier(), communicator.sum(b)]);
found.inOrder = [a[0], b[0]];

// The event loop runs while a rank waits for another.
let turns = 0;
const timer = setInterval(() => turns++, 1);
if (rank > 0) await new Promise((resolve) => setTimeout(resolve, 50));
await communicator.barrier();
clearInterval(timer);
found.turns = turns > 0;

found.differs = await agree(communicator, { color: 'red', '--batch': 32 * (rank + 1) }).catch(
  (error: Error) => error.message,
);
found.late = rank === 0 ? await communicator.gatherWithin(new Uint8Array(1), 1, 20) : null;
if (rank === 0) console.log(JSON.stringify(found));
await communicator.close();
