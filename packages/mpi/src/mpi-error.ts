/** MPI cannot be used, or a call of it failed. The message says what to do. */
export class MpiError extends Error {
  override readonly name = 'MpiError';
}
