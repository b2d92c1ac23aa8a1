import * as tf from '@tensorflow/tfjs-core';
import { BackendError, startBackend, type BackendName } from '@onestep/backends';
import { DEFAULT_BACKEND } from './options/backend-option.js';
import { UserError } from './user-error.js';
import { writeNote } from './terminal/output-mode.js';

/**
 * Starts the engine a command computes with. One that was asked for says what it found and, if it was chosen here (`auto`), why:
 * on standard error, beside the command's own output.
 *
 * @throws UserError saying what is missing
 */
export async function startEngine(name: BackendName): Promise<void> {
  try {
    const { description } = await startBackend(name);
    if (name !== DEFAULT_BACKEND) writeNote(description);
  } catch (error) {
    throw error instanceof BackendError ? new UserError(error.message, error.isWrongSetting ? 2 : 1) : error;
  }
}

/** Says that the engine that runs has no half precision, what --fp16 means there, and which engines may have it. */
export function noHalfPrecision(): string {
  return (
    `--fp16 has no effect: on this machine the engine ${tf.getBackend()} has no half precision, so networks compute in ` +
    'float32. It takes a GPU, with --backend tensorflow, ort-cuda or ort-webgpu.'
  );
}
