import type * as tf from '@tensorflow/tfjs-core';
import type { OpenedFiles } from '../files/opened-files.js';

/** Options of loading a file. */
export interface LoadOptions {
  /** Name of the file in messages. Left out, its path, its address, or the name of a `File`. */
  name?: string;
  /** Called as bytes of a download arrive, with their number and the number expected; null if the server does not say. */
  onProgress?: (done: number, total: number | null) => void;
  /** Stops the loading, by throwing the signal's reason. */
  signal?: AbortSignal;
}

/** A compiled function of tensors. */
export type CompiledDenoise = (...inputs: tf.Tensor[]) => tf.NamedTensorMap;

/** Compiles a function in bfloat16, for inputs of the shapes of these. Everything else that it uses keeps its value. */
export type Bfloat16Compiler = (
  evaluate: (...inputs: never[]) => tf.NamedTensorMap,
  inputs: tf.NamedTensorMap,
) => CompiledDenoise;

/** The functions that differ between Node and browsers. The import `#host` is one of the two implementations. */
export interface Host {
  /**
   * Opens a checkpoint by its address: in Node the path of a file or a folder, a URL or hf://owner/name; in a browser a URL
   * relative to the page.
   *
   * @throws CheckpointError naming the file if it cannot be read
   */
  openAddress(address: string | URL, options: LoadOptions): Promise<OpenedFiles>;
  /**
   * Finds what compiles functions in bfloat16.
   *
   * @throws BackendError that says what is missing
   */
  openBfloat16(): Promise<Bfloat16Compiler>;
}
