import { hostname } from 'node:os';
import type { Communicator } from '@onestep/diffusion-core';
import type { Launch } from './launcher.js';
import { MpiError } from './mpi-error.js';
import type { Handle, MpiFunction, MpiLibrary } from './mpi-library.js';
import { waitUntil, type Pace } from './wait-until.js';

/** Bytes of one call. Longer arrays take several: counts are 32-bit numbers, and a call must end within a second. */
const CALL_BYTES = 2 ** 26;
/** Arrays up to this number of bytes are sent at once; for longer ones, the processes wait for each other first. */
const SMALL = 2 ** 14;
/** MPI_THREAD_FUNNELED: the process has threads, and one of them calls MPI. */
const FUNNELED = 1;

/**
 * The processes that an MPI launcher started. Calls are made one after the other, whoever makes them, in the order in which
 * they are made. They do not block the thread.
 */
export class MpiCommunicator implements Communicator {
  readonly rank: number;
  readonly size: number;
  readonly host = hostname();
  /** Number of this process among those on its host, from 0. */
  localRank = 0;
  /** Number of the processes on this host. */
  localSize = 1;
  /** The MPI library: `Open MPI v4.1.4, ...`. */
  readonly library: string;
  private readonly mpi: MpiLibrary;
  /** A channel of its own, for {@link gatherWithin}. */
  private readonly aside: Handle;
  private readonly callBytes: number;
  private last: Promise<unknown> = Promise.resolve();
  private ended = false;

  /** @internal {@link openMpi} makes them. @param callBytes most bytes of one call */
  constructor(mpi: MpiLibrary, launch: Launch, callBytes = CALL_BYTES) {
    this.mpi = mpi;
    this.callBytes = callBytes;
    this.check('MPI_Init_thread', null, null, FUNNELED, new Int32Array(1));
    // A process that ends without a word would leave the others waiting.
    process.once('exit', (code) => this.abort(Number(code) || 1));
    this.check('MPI_Comm_set_errhandler', mpi.world, mpi.errorsReturn);
    this.rank = this.number('MPI_Comm_rank');
    this.size = this.number('MPI_Comm_size');
    if (launch.size !== undefined && launch.size !== this.size) {
      const { launcher } = launch;
      this.check('MPI_Finalize');
      this.ended = true;
      throw new MpiError(
        `${launcher} started ${launch.size} processes, and the library ${mpi.file} knows ${this.size}. ` +
          (launcher === 'MPICH' || launcher === 'Open MPI'
            ? 'Start them with the mpirun of the same MPI.'
            : 'Start them with srun --mpi=pmix or --mpi=pmi2; srun --mpi=list prints what Slurm has.'),
      );
    }
    const aside = new Uint8Array(8);
    this.check('MPI_Comm_dup', mpi.world, aside);
    this.aside = mpi.readHandle(aside);
    this.library = this.text('MPI_Get_library_version');
  }

  async sum(values: Float32Array | Float64Array): Promise<void> {
    if (this.size === 1 || values.length === 0) return;
    const { mpi } = this;
    const type = values instanceof Float32Array ? mpi.float : mpi.double;
    await this.inTurn(async () => {
      await this.meet(values.byteLength);
      for (const part of partsOf(values, this.callBytes / values.BYTES_PER_ELEMENT)) {
        await this.call('haste', 'MPI_Iallreduce', mpi.inPlace, part, part.length, type, mpi.add, mpi.world);
      }
    });
  }

  async broadcast(bytes: Uint8Array): Promise<Uint8Array> {
    if (this.size === 1) return bytes;
    const { mpi } = this;
    return this.inTurn(async () => {
      const length = Float64Array.of(bytes.length);
      await this.call('rest', 'MPI_Ibcast', length, 8, mpi.byte, 0, mpi.world);
      const all = this.rank === 0 ? bytes : new Uint8Array(length[0]!);
      await this.meet(all.length);
      for (const part of partsOf(all, this.callBytes)) {
        await this.call('haste', 'MPI_Ibcast', part, part.length, mpi.byte, 0, mpi.world);
      }
      return all;
    });
  }

  async gather(bytes: Uint8Array): Promise<Uint8Array[]> {
    if (this.size === 1) return [bytes];
    const { mpi, size } = this;
    return this.inTurn(async () => {
      const lengths = new Float64Array(size);
      const own = Float64Array.of(bytes.length);
      await this.call('rest', 'MPI_Iallgather', own, 8, mpi.byte, lengths, 8, mpi.byte, mpi.world);
      const all = Array.from(lengths, (length) => new Uint8Array(length));
      const longest = Math.max(...lengths);
      await this.meet(longest);
      const most = Math.max(1, Math.floor(this.callBytes / size));
      for (let begin = 0; begin < longest; begin += most) {
        const counts = Int32Array.from(lengths, (length) => Math.max(0, Math.min(most, length - begin)));
        const places = new Int32Array(size);
        for (let i = 1; i < size; i++) places[i] = places[i - 1]! + counts[i - 1]!;
        const received = new Uint8Array(places[size - 1]! + counts[size - 1]!);
        const part = bytes.subarray(begin, begin + most);
        await this.call(
          'haste',
          ...(['MPI_Iallgatherv', part, part.length, mpi.byte, received, counts, places, mpi.byte, mpi.world] as const),
        );
        all.forEach((array, i) => array.set(received.subarray(places[i]!, places[i]! + counts[i]!), begin));
      }
      return all;
    });
  }

  async barrier(): Promise<void> {
    if (this.size > 1) await this.inTurn(() => this.call('rest', 'MPI_Ibarrier', this.mpi.world));
  }

  /**
   * Gathers a short note of each process, on a channel of its own: it may be called while another call is open, here
   * or elsewhere. Every process can call it once.
   *
   * @param length bytes of a note, the same everywhere
   * @param limit milliseconds after which it gives up
   * @returns the notes by rank, or null if some process did not send one in time
   */
  async gatherWithin(note: Uint8Array, length: number, limit = Infinity): Promise<Uint8Array[] | null> {
    const { mpi, size } = this;
    const own = new Uint8Array(length);
    own.set(note);
    const all = new Uint8Array(length * size);
    const isDone = this.begin('MPI_Iallgather', own, length, mpi.byte, all, length, mpi.byte, this.aside);
    if (!(await waitUntil(isDone, 'rest', limit))) return null;
    return Array.from({ length: size }, (_, rank) => all.subarray(rank * length, (rank + 1) * length));
  }

  /** Ends the use of MPI in good order. Returns when all processes have called it; none can communicate after it. */
  async close(): Promise<void> {
    if (this.ended) return;
    await this.barrier();
    this.check('MPI_Finalize');
    this.ended = true;
  }

  /**
   * Ends all processes at once, this one too. Does nothing after {@link close}.
   *
   * @param exitCode what the launcher exits with
   */
  abort(exitCode: number): void {
    if (this.ended) return;
    this.ended = true;
    this.mpi.MPI_Abort(this.mpi.world, exitCode);
  }

  /** Makes a call when those before it are done. */
  private inTurn<T>(call: () => Promise<T>): Promise<T> {
    const turn = this.last.then(call);
    this.last = turn.catch(() => {});
    return turn;
  }

  /** Waits for the others before much is sent: a transfer is then waited for without pauses, and takes no one's time. */
  private async meet(bytes: number): Promise<void> {
    if (bytes > SMALL) await this.call('rest', 'MPI_Ibarrier', this.mpi.world);
  }

  /** Makes a non-blocking call, whose last argument is its request, and waits until it is done. */
  private async call(pace: Pace, name: keyof MpiLibrary, ...args: Parameters<MpiFunction>): Promise<void> {
    await waitUntil(this.begin(name, ...args), pace);
  }

  /** Begins a non-blocking call. The function returned tests whether it is done, and holds its memory until then. */
  private begin(name: keyof MpiLibrary, ...args: Parameters<MpiFunction>): () => boolean {
    const { mpi } = this;
    const request = new BigInt64Array(1);
    const done = new Int32Array(1);
    const memory = [...args, request, done].filter((argument) => ArrayBuffer.isView(argument));
    // A short array is in V8's heap, where it may be moved, until its buffer is looked at.
    for (const { buffer } of memory)
      if (buffer.byteLength === undefined) throw new TypeError('expected an ArrayBuffer');
    this.check(name, ...args, request);
    return () => {
      this.check('MPI_Test', request, done, mpi.statusIgnore);
      return done[0] !== 0 && memory.length > 0;
    };
  }

  private check(name: keyof MpiLibrary, ...args: Parameters<MpiFunction>): void {
    if (this.ended) throw new MpiError(`${name} was called after MPI had ended.`);
    const code = (this.mpi[name] as MpiFunction)(...args);
    if (code !== 0) throw new MpiError(`${name} failed: ${this.text('MPI_Error_string', code)}`);
  }

  private number(name: 'MPI_Comm_rank' | 'MPI_Comm_size'): number {
    const value = new Int32Array(1);
    this.check(name, this.mpi.world, value);
    return value[0]!;
  }

  private text(name: 'MPI_Error_string' | 'MPI_Get_library_version', ...args: number[]): string {
    const characters = new Uint8Array(8192);
    const length = new Int32Array(1);
    if (this.mpi[name](...args, characters, length) !== 0) return `error ${args.join()}`;
    const all = new TextDecoder().decode(characters.subarray(0, length[0]));
    return all.replaceAll('\0', '').trim().split('\n')[0]!.replace(/\s+/g, ' ');
  }
}

/** Views of an array's parts with at most `most` elements each. */
function* partsOf<T extends Float32Array | Float64Array | Uint8Array>(array: T, most: number): Generator<T> {
  for (let begin = 0; begin < array.length; begin += most) yield array.subarray(begin, begin + most) as T;
}
