/** An engine does not work here. The message says which, what is missing, and what to install or to use instead. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
}
