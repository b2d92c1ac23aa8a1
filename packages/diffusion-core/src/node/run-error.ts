/** A problem with a run's folder that the user can solve. The message says how. */
export class RunError extends Error {
  override name = 'RunError';
}

/**
 * Runs `write`, and turns a failure of the file system into advice.
 *
 * @param path of the file or folder that is written, for the message
 * @throws RunError if the user can solve the problem; else the error itself
 */
export async function adviseOnFailure<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const advice = ADVICE[code ?? ''];
    if (advice === undefined) throw error;
    throw new RunError(`${path} could not be written: ${advice} (${message})`, { cause: error });
  }
}

const NO_ROOM =
  'there is no room for it. Everything saved before is intact: free some space, then run the same command again to resume.';
const FORBIDDEN = 'this user may not write there. Choose another folder, or change its permissions.';

const ADVICE: Record<string, string> = {
  ENOSPC: NO_ROOM,
  EDQUOT: NO_ROOM,
  EFBIG: NO_ROOM,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EROFS: 'its file system is read-only. Choose another folder.',
  EEXIST: 'a file of that name is in the way. Choose another folder.',
  ENOTDIR: 'a part of the path is a file, not a folder. Choose another folder.',
};
