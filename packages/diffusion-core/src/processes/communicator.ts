/**
 * The processes that share a training or a measurement, as seen by one of them. Every one of them has to call the same
 * functions in the same order, with arrays of the same length: a call returns when all have made it.
 */
export interface Communicator {
  /** Number of this process, from 0. The process 0 is the one that writes files. */
  readonly rank: number;
  /** Number of the processes. */
  readonly size: number;
  /** The machine of this process, for messages. */
  readonly host: string;
  /**
   * Replaces every number by its sum over the processes. All of them get the same bits, and so does a repetition with as many
   * processes; with another number, sums differ by rounding.
   */
  sum(values: Float32Array | Float64Array): Promise<void>;
  /** The bytes that process 0 passes; what the others pass is not read. */
  broadcast(bytes: Uint8Array): Promise<Uint8Array>;
  /** The bytes of all processes, in their order. They may differ in length. */
  gather(bytes: Uint8Array): Promise<Uint8Array[]>;
  /** Returns when all processes have called it. */
  barrier(): Promise<void>;
}

/** A process without others. */
export const ALONE: Communicator = {
  rank: 0,
  size: 1,
  host: 'this machine',
  sum: async () => {},
  broadcast: async (bytes) => bytes,
  gather: async (bytes) => [bytes],
  barrier: async () => {},
};

/** Whether any of the processes says so. */
export async function anyRank(communicator: Communicator, said: boolean): Promise<boolean> {
  if (communicator.size === 1) return said;
  const count = Float64Array.of(said ? 1 : 0);
  await communicator.sum(count);
  return count[0]! > 0;
}

/** The JSON value that process 0 passes. */
export async function broadcastJson<T>(communicator: Communicator, value: T): Promise<T> {
  if (communicator.size === 1) return value;
  const bytes = new TextEncoder().encode(communicator.rank === 0 ? JSON.stringify(value) : '');
  return JSON.parse(new TextDecoder().decode(await communicator.broadcast(bytes))) as T;
}

/** The JSON values of all processes, in their order. */
export async function gatherJson<T>(communicator: Communicator, value: T): Promise<T[]> {
  if (communicator.size === 1) return [value];
  const all = await communicator.gather(new TextEncoder().encode(JSON.stringify(value)));
  return all.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as T);
}
