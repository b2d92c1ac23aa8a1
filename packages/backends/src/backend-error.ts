/** An engine does not work on this machine. The message says what is missing, and what to install or use instead. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
}
