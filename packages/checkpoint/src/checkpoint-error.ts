/** A file that is damaged, incomplete, hostile or of a kind that is not read here: the message names it and says why. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';

  /** @param source the file's name @param what is wrong with it, without a full stop */
  constructor(source: string, what: string, options?: ErrorOptions) {
    super(`${source}: ${what}.`, options);
  }
}
