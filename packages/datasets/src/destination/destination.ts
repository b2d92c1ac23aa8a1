/**
 * Where a data set is written. It takes its name when it is complete; until then, what had the name stays as
 * it was.
 */
export interface Destination {
  /**
   * Adds a file.
   *
   * @param name with slashes between folders
   */
  add(name: string, data: Uint8Array): Promise<void>;
  /** Completes the data set and gives it its name. */
  commit(): Promise<void>;
  /** Removes what has been written. Does nothing after {@link Destination.commit}. */
  discard(): Promise<void>;
}

/** The error of a data set that cannot be written. */
export function notWrittenError(path: string, error: unknown): Error {
  return new Error(`${path} cannot be written: ${(error as Error).message}. Nothing was changed.`, { cause: error });
}
