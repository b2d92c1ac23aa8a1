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

/** How a missing package is reported. Each has the name that was looked for. */
const MISSING = [
  // Node, from ES modules and from CommonJS; webpack.
  /^Cannot find (?:package|module) '([^']+)'/,
  // Vite and vitest: for an optional peer dependency, for an import, for a name that is computed.
  /^Could not resolve "([^"]+)"/,
  /^Failed to resolve import\s"([^"]+)"/,
  /^Failed to load url (\S+)/,
  // Chromium, Firefox and Safari, where a bundle left the import as it was.
  /^Failed to resolve module specifier ['"]([^'"]+)['"]/,
  /specifier “([^”]+)” was a bare specifier/,
  /^Module name, '([^']+)' does not resolve/,
];

/** Whether an import failed because the package is not installed. A package that it needs itself does not count. */
export function isMissing(error: unknown, name: string): boolean {
  const line = summarizeError(error);
  return MISSING.some((pattern) => pattern.exec(line)?.[1] === name);
}

/** The first line of an error's message, without a period at its end. */
export function summarizeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split('\n')[0]!.trim().replace(/\.$/, '');
}
