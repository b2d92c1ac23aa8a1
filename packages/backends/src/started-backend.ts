import * as tf from '@tensorflow/tfjs-core';
import { BackendError } from './backend-error.js';

/** An engine that runs. */
export interface StartedBackend {
  /** What `tf.getBackend()` says now. */
  tfjsName: string;
  /** What was found, in one line: the engine, its version, what it runs on; where it was chosen (`auto`), also why. */
  description: string;
}

/** What an engine may be told. */
export interface BackendOptions {
  /**
   * `wasm`: the folder with tfjs-backend-wasm's three `.wasm` files, as a URL in a browser or a path in Node. Default: where
   * the package itself looks, which is beside the script that loads it.
   */
  wasmPath?: string;
}

/**
 * Makes an engine tfjs's current one.
 *
 * @throws BackendError if it does not start; tfjs only warns, and goes on with another engine
 */
export async function activate(name: string, remedy: string): Promise<void> {
  const fail = (reason: string, cause?: unknown) =>
    new BackendError(`The backend '${name}' did not start: ${reason} ${remedy}`, { cause });
  const started = await tf.setBackend(name).catch((error: unknown) => {
    throw fail(`${String(error)}.`, error);
  });
  if (!started) throw fail('tfjs-core has printed the reason above.');
  await tf.ready();
}
