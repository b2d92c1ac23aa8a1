/** A mistake of the user's: shown as one line without a stack trace. `exitCode` 1 is a failure, 2 is wrong usage. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What V8, C++ and ONNX Runtime say where memory runs out. */
const OUT_OF_MEMORY = /array buffer allocation failed|bad_alloc|failed to allocate memory|out of memory/i;

/** File-system errors in words; anything else is told by its own message. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path: source, dest, syscall } = error as NodeJS.ErrnoException & { dest?: string };
  if (code === 'ENOMEM' || OUT_OF_MEMORY.test(error.message)) {
    return (
      `Memory ran out (${error.message}). Compute fewer images at once, or leave this machine more memory: fewer processes on it, ` +
      'or a higher limit (ulimit -v).'
    );
  }
  // Errors of this program that keep the system's code are in words already.
  if (syscall === undefined) return error.message;
  // What is written takes its place by a new name at the end: the place is what the user knows.
  const path = dest ?? source;
  const what = path === undefined ? '' : ` ${path}`;
  switch (code) {
    case 'ENOENT':
      return `There is no${what}.`;
    case 'EROFS':
      return `${path ?? 'A path'} is on a file system that is read-only. Choose another path.`;
    case 'EACCES':
    case 'EPERM':
      return `No permission for${what}. Choose another path, or change its permissions.`;
    case 'EFBIG':
      return `The file is too large for its file system, or for a limit (ulimit -f):${what} could not be written.`;
    case 'EDQUOT':
    case 'ENOSPC':
      return `The disk is full:${what} could not be written. What was there before is untouched; free some space and run the command again.`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `${path ?? 'A path'} is in the way: a file stands where a folder is needed.`;
    case 'EISDIR':
      return `${path ?? 'A path'} is a folder, and a file is needed.`;
    default:
      return error.message;
  }
}
