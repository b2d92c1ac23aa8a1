import { BackendError } from './backend-error.js';

/** What is said where a package is missing. */
interface Wanted {
  backend: string;
  /** The package's name. */
  name: string;
  /** How to get it. */
  remedy: string;
}

/** Imports an optional package. @throws BackendError saying how to install it, or why it cannot be loaded */
export async function imported<T>({ backend, name, remedy }: Wanted, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const what = isMissing(error, name)
      ? `needs the package ${name}`
      : `could not load the package ${name} (${reasonOf(error)})`;
    throw new BackendError(`The backend '${backend}' ${what}: ${remedy}`, { cause: error });
  }
}

/** Whether an import failed because the package is not installed. */
export function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as { code?: string; message: string };
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`);
}

/** The first sentence of an error, on one line. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split('\n')[0]!.replace(/\.$/, '');
}
