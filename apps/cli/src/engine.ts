import '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';

/** Starts the engine all commands compute with. */
export async function startEngine(): Promise<void> {
  await tf.setBackend('ort');
  await tf.ready();
}
