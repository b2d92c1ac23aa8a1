/** The data that one kind of work receives and sends. Structured cloning must be able to copy all of it. */
export interface Work {
  /** The arguments it starts with. */
  start: unknown;
  /** Its progress reports. */
  message: unknown;
  /** Its return value. */
  result: unknown;
}

/** From the main thread to the worker. */
export type Request<W extends Work> = { type: 'start'; value: W['start'] } | { type: 'stop' };

/** From the worker to the main thread. */
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

/** Contains the flag that requests a stop. The worker can read it without waiting for a message. */
export interface WorkerData {
  onestepStop: Int32Array;
}

/** Converts an error to data. */
export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack, cause } = error;
  return { name, message, stack, ...(cause === undefined ? {} : { cause: toPlainError(cause) }) };
}

/** Restores an error with its name, message, stack and cause. */
export function fromPlainError({ name, message, stack, cause }: PlainError): Error {
  const error = cause ? new Error(message, { cause: fromPlainError(cause) }) : new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
