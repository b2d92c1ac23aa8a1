/**
 * A file is damaged, incomplete, hostile or of an unsupported kind. The message names the file and says why.
 */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';

  /**
   * @param source the file's name
   * @param what the problem, without a full stop; it may end with a question
   */
  constructor(source: string, what: string, options?: ErrorOptions) {
    super(`${source}: ${what}${what.endsWith('?') ? '' : '.'}`, options);
  }
}
