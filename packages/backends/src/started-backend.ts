import * as tf from '@tensorflow/tfjs-core';
import { BackendError } from './backend-error.js';

/** A running engine. */
export interface StartedBackend {
  /** Name of the tfjs backend, as returned by `tf.getBackend()`. */
  tfjsName: string;
  /** One line: the engine, its version, the hardware it runs on, and for `auto` the reason for the choice. */
  description: string;
}

/** Options of an engine. */
export interface BackendOptions {
  /**
   * For `wasm`: folder of tfjs-backend-wasm's three `.wasm` files, as a URL in a browser or a path in Node. Default: the
   * package's own, which is the folder of the script that loads it.
   */
  wasmPath?: string;
}

/**
 * Makes an engine the current tfjs backend.
 *
 * @param name name of the tfjs backend
 * @param remedy advice that ends the error message
 * @throws BackendError if it does not start. (tfjs itself only warns and continues with another engine.)
 */
export async function activate(name: string, remedy: string): Promise<void> {
  const fail = (reason: string, cause?: unknown) =>
    new BackendError(`The backend '${name}' did not start: ${reason} ${remedy}`, { cause });
  const started = await tf.setBackend(name).catch((error: unknown) => {
    throw fail(`${String(error)}.`, error);
  });
  if (!started) throw fail('tfjs-core printed the reason above.');
  await tf.ready();
}
