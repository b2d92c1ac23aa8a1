import * as tf from '@tensorflow/tfjs-core';

/** Whether the engine that runs computes in the machine's own memory, as the estimates assume. */
export function usesMachineMemory(): boolean {
  const { options } = tf.backend() as { options?: { provider?: string } };
  return tf.getBackend() === 'ort' && (options?.provider ?? 'cpu') === 'cpu';
}
