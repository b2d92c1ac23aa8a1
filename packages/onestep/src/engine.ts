import * as tf from '@tensorflow/tfjs-core';
import { startBackend, type BackendName } from '@onestep/backends';

/** An engine by name, or `auto` for the fastest one that is found: see `@onestep/backends`. */
export type EngineName = BackendName;

/** Options of an engine. */
export interface EngineOptions {
  /**
   * The engine to start. Left out, the one that runs is used; if none runs, `auto`: ONNX Runtime in Node, and WebGPU,
   * WebAssembly or plain JavaScript in a browser.
   */
  engine?: EngineName;
  /** URL of the folder with the three `.wasm` files of tfjs-backend-wasm, for the engine `wasm`. */
  wasmPath?: string;
}

let started: { engine: EngineName; description: Promise<string> } | null = null;

/**
 * Starts the engine that computes, unless it runs already. Loading a model does this by itself; a program calls it to
 * learn which engine runs.
 *
 * @returns the engine in one line: its name, version and device, and with `auto` why it was chosen
 * @throws BackendError saying what to install, if the engine does not start
 */
export async function startEngine({ engine, wasmPath }: EngineOptions = {}): Promise<string> {
  if (started !== null && (engine === undefined || engine === started.engine)) return started.description;
  if (engine === undefined && tf.getBackend()) return `${tf.getBackend()}: started by this program`;
  const name = engine ?? 'auto';
  const description = startBackend(name, { wasmPath }).then((backend) => backend.description);
  const attempt = { engine: name, description };
  started = attempt;
  try {
    return await description;
  } catch (error) {
    // The next call tries again.
    if (started === attempt) started = null;
    throw error;
  }
}
