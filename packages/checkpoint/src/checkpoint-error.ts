/**
 * A file is damaged, incomplete, hostile or of an unsupported kind. The message names the file and says why.
 */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';

  /**
   * @param source the file's name
   * @param what the problem, without a full stop
   */
  constructor(source: string, what: string, options?: ErrorOptions) {
    super(`${source}: ${what}.`, options);
  }
}
