/**
 * A table in shared memory of the threads of this process, and of whether each is inside a native call.
 *
 * A thread that Node ends inside a call of ONNX Runtime's binding aborts the whole process: when the call returns, the binding
 * cannot create its results any more, and cannot report that either. So a thread is ended between two calls only: whoever
 * ends it first closes its row, and waits until it is not busy. A thread whose row is closed starts no further call.
 *
 * Node copies "environment data" to each worker thread that is created, and shared memory is shared by that copy. So the
 * table is known in a thread if the thread that created it has imported this package.
 */
import { getEnvironmentData, isMainThread, setEnvironmentData, threadId } from 'node:worker_threads';

/** A version of this package with another table needs another name. */
const TABLE_KEY = 'onestep.native-calls.1';
const PARENT_KEY = 'onestep.parent-thread.1';

/** Numbers of a row: the thread's id (0 if the row is free), the id of its parent, and its state. */
const ROW = 3;
/** Threads with a row. Further ones are not protected. */
const ROWS = 1024;

const BUSY = 1;
const CLOSED = 2;

/** The first number says whether the process ends. Rows follow. */
const table = sharedTable();
const parent = (getEnvironmentData(PARENT_KEY) as number | undefined) ?? 0;
setEnvironmentData(PARENT_KEY, threadId);
/** Position of the state of this thread, or null without a row: the main thread ends with the process only. */
const ownState = isMainThread ? null : claimRow();

function sharedTable(): Int32Array {
  const inherited = getEnvironmentData(TABLE_KEY) as Int32Array | undefined;
  if (inherited !== undefined) return inherited;
  const created = new Int32Array(new SharedArrayBuffer((1 + ROW * ROWS) * Int32Array.BYTES_PER_ELEMENT));
  setEnvironmentData(TABLE_KEY, created);
  return created;
}

function claimRow(): number | null {
  for (let row = 1; row < table.length; row += ROW) {
    if (Atomics.compareExchange(table, row, 0, threadId) !== 0) continue;
    Atomics.store(table, row + 1, parent);
    // The process may have begun to end, before it could see this row.
    Atomics.store(table, row + 2, Atomics.load(table, 0) === 1 ? CLOSED : 0);
    return row + 2;
  }
  return null;
}

let depth = 0;

/** Calls the binding. In a thread that is being ended, waits for the end instead. */
export function nativeCall<T>(call: () => T): T {
  if (ownState === null || depth > 0) return call();
  if (Atomics.compareExchange(table, ownState, 0, BUSY) !== 0) waitForTheEnd(ownState);
  depth++;
  try {
    return call();
  } finally {
    depth--;
    Atomics.and(table, ownState, ~BUSY);
    Atomics.notify(table, ownState);
  }
}

/** Blocks this thread, which Node can end at any time then. */
function waitForTheEnd(state: number): never {
  for (;;) Atomics.wait(table, state, CLOSED);
}

/** The rows of threads that end, closed: no thread starts a native call any more, but some may be inside one. */
export class ClosedRows {
  private constructor(private readonly states: readonly number[]) {}

  /** Closes the rows of a thread and of the threads below it, which end with it. */
  static ofThread(id: number): ClosedRows {
    const ending = withDescendants(id);
    return ClosedRows.close((row) => ending.has(table[row]!));
  }

  /** Closes the rows of the threads below this one. */
  static belowThisThread(): ClosedRows {
    const ending = withDescendants(threadId);
    return ClosedRows.close((row) => table[row] !== threadId && ending.has(table[row]!));
  }

  /** Closes the rows of all threads but this one, for good. */
  static ofProcess(): ClosedRows {
    Atomics.store(table, 0, 1);
    return ClosedRows.close((row) => table[row] !== threadId);
  }

  private static close(isChosen: (row: number) => boolean): ClosedRows {
    const states = takenRows()
      .filter(isChosen)
      .map((row) => row + 2);
    for (const state of states) Atomics.or(table, state, CLOSED);
    return new ClosedRows(states);
  }

  /** Whether a thread is still inside a native call. */
  isBusy(): boolean {
    return this.states.some((state) => (Atomics.load(table, state) & BUSY) !== 0);
  }

  /** Waits, blocking, until no thread is inside a native call. @returns whether that happened within the time */
  waitUntilIdle(milliseconds: number): boolean {
    const deadline = Date.now() + milliseconds;
    for (const state of this.states) {
      while ((Atomics.load(table, state) & BUSY) !== 0) {
        const left = deadline - Date.now();
        if (left <= 0) return false;
        Atomics.wait(table, state, BUSY | CLOSED, left);
      }
    }
    return true;
  }
}

/** Frees the row of a thread that has ended. */
export function freeRow(id: number): void {
  for (const row of takenRows()) if (table[row] === id) Atomics.store(table, row, 0);
}

/** The ids of a thread and of those below it. */
function withDescendants(id: number): Set<number> {
  const ids = new Set([id]);
  let known: number;
  do {
    known = ids.size;
    for (const row of takenRows()) if (ids.has(table[row + 1]!)) ids.add(table[row]!);
  } while (ids.size > known);
  return ids;
}

function takenRows(): number[] {
  const rows: number[] = [];
  for (let row = 1; row < table.length; row += ROW) if (Atomics.load(table, row) !== 0) rows.push(row);
  return rows;
}
