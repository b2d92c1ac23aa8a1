/** Work of several processes has failed in one of them, which throws the error itself. The others throw this. */
export class OtherRankError extends Error {
  override readonly name = 'OtherRankError';

  /**
   * @param rank the process that failed
   * @param cause name of its error
   * @param text message of its error
   * @param wasStopped whether a signal stopped it, rather than a fault
   * @param exitCode what a program ends with because of it
   */
  constructor(
    readonly rank: number,
    readonly host: string,
    override readonly cause: string,
    readonly text: string,
    readonly wasStopped: boolean,
    readonly exitCode: number,
  ) {
    super(`Rank ${rank} on ${host}: ${text}`);
  }
}
