/** What goes in and out of one kind of work, all of it plain data (whatever structured cloning copies). */
export interface Work {
  /** What it starts from. */
  start: unknown;
  /** What it reports on its way. */
  message: unknown;
  /** What it returns. */
  result: unknown;
}

/** From the thread that waits to the thread that works. */
export type Request<W extends Work> = { type: 'start'; value: W['start'] } | { type: 'stop' };

/** The other way. */
export type Answer<W extends Work> =
  | { type: 'message'; value: W['message'] }
  | { type: 'done'; value: W['result'] }
  | { type: 'error'; error: PlainError };

/** An error as data: structured cloning would lose the names of classes. */
export interface PlainError {
  name: string;
  message: string;
  stack?: string;
  cause?: PlainError;
}

/** Where the working thread finds the flag that says that it should stop: it can be read without waiting for a message. */
export interface WorkerData {
  onestepStop: Int32Array;
}

export function toPlain(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack, cause } = error;
  return { name, message, stack, ...(cause === undefined ? {} : { cause: toPlain(cause) }) };
}

/** The error again, with its own name, message, stack and cause. */
export function fromPlain({ name, message, stack, cause }: PlainError): Error {
  const error = cause ? new Error(message, { cause: fromPlain(cause) }) : new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
