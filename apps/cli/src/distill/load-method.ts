import { register } from 'node:module';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMethod, type Method } from '@onestep/diffusion-core';
import { UserError } from '../user-error.js';

/** Whether an argument is the path of a file with a method, and not a method's name. */
export function isMethodPath(argument: string): boolean {
  return /\.[cm]?[jt]s$/.test(argument);
}

/**
 * Loads a method from a file: its default export, made by `defineMethod` of `onestep`.
 *
 * What the file imports from `onestep`, `@onestep/...` and tfjs-core is this program's own copy, wherever the file is:
 * two copies of a class would not know each other's networks.
 *
 * @throws UserError naming the file if it is missing, fails, or exports no method
 */
export async function loadMethod(path: string): Promise<Method> {
  const file = resolve(path);
  const url = pathToFileURL(file);
  const folder = pathToFileURL(`${dirname(file)}/`);
  register(HOOK, { parentURL: import.meta.url, data: { program: import.meta.url, folder: folder.href } });
  let exported: { default?: unknown };
  try {
    exported = (await import(url.href)) as typeof exported;
  } catch (error) {
    throw new UserError(`${path} cannot be loaded as a method: ${(error as Error).message}`);
  }
  if (isMethod(exported.default)) return exported.default;
  throw new UserError(
    `${path} exports no method. Its default export has to be made with defineMethod: ` +
      "import { defineMethod } from 'onestep'; export default defineMethod({ name: ..., ... });",
  );
}

/** Node's module hook, as the text of a module: it runs in a thread of its own. */
const HOOK = `data:text/javascript,${encodeURIComponent(`
  let program, folder;
  export function initialize(data) { ({ program, folder } = data); }
  export function resolve(specifier, context, next) {
    const own = /^(onestep|@onestep\\/|@tensorflow\\/tfjs-core)/.test(specifier);
    const parent = context.parentURL ?? '';
    const outside = parent.startsWith(folder) && !parent.slice(folder.length).includes('node_modules/');
    return next(specifier, own && outside ? { ...context, parentURL: program } : context);
  }
`)}`;
