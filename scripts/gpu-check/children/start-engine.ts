/** Starts an engine and computes with it once: `start-engine.ts NAME`. */
import { startBackend, type BackendName } from '@onestep/backends';
import { hasHalfPrecision } from '@onestep/nn';
import * as tf from '@tensorflow/tfjs-core';
import { measure } from '../figures-file.js';
import { readUsedGpuMemory } from '../nvidia-smi.js';

const name = process.argv[2] as BackendName;
/** Large enough for a GPU's memory to show that it computes. */
const SIZE = 1024;

await measure(async (figures, write) => {
  const before = readUsedGpuMemory();
  let start = performance.now();
  const lap = () => {
    const ms = performance.now() - start;
    start = performance.now();
    return ms;
  };
  figures.description = (await startBackend(name)).description;
  figures.start_ms = lap();
  figures.half_precision = hasHalfPrecision();
  write();
  // The sum over j of (i + 1) / SIZE, exact in float32 and its halves.
  const rows = tf.tidy(() =>
    tf.tile(tf.reshape(tf.tensor1d(Float32Array.from({ length: SIZE }, (_, i) => (i % 8) + 1)), [SIZE, 1]), [1, SIZE]),
  );
  const product = tf.tidy(() => tf.matMul(rows as tf.Tensor2D, tf.fill([SIZE, 1], 1 / SIZE)));
  const values = await product.data();
  figures.first_result_ms = lap();
  const after = readUsedGpuMemory();
  figures.gpu_mb = before === null || after === null ? null : after - before;
  const wrong = values.findIndex((value, i) => value !== (i % 8) + 1);
  if (wrong >= 0) throw new Error(`a matrix product is wrong: ${values[wrong]} instead of ${(wrong % 8) + 1}`);
});
// An engine's threads must not keep the process.
process.exit();
