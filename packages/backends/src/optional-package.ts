import { BackendError } from './backend-error.js';

/** An optional package, and what an error message says about it. */
interface OptionalPackage {
  /** The engine that needs it. */
  backend: string;
  /** Name of the package. */
  name: string;
  /** How to install it. */
  remedy: string;
}

/**
 * Imports an optional package.
 *
 * @param load imports it
 * @throws BackendError that says how to install it, or why it cannot be loaded
 */
export async function importOptional<T>(
  { backend, name, remedy }: OptionalPackage,
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const problem = isMissing(error, name)
      ? `needs the package ${name}`
      : `could not load the package ${name} (${summarizeError(error)})`;
    throw new BackendError(`The backend '${backend}' ${problem}: ${remedy}`, { cause: error });
  }
}

/** Whether an import failed because the package is not installed. */
export function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as { code?: string; message: string };
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`);
}

/** The first line of an error's message, without a period at its end. */
export function summarizeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split('\n')[0]!.trim().replace(/\.$/, '');
}
