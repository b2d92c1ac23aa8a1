import { configure } from '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';

/** Starts the engine all commands compute with. */
export async function startEngine(): Promise<void> {
  // Throws where what ONESTEP_PROVIDER asks for is missing: tfjs would only warn, and go on with a slow backend.
  configure();
  await tf.setBackend('ort');
  await tf.ready();
}
