import * as tf from '@tensorflow/tfjs-core';
import type { MicroBatches } from '@onestep/diffusion-core';
import { PHASE_VALUES, type PhaseValues } from './gan-phases.js';
import { measuresPaths, type PhaseName } from './phases.js';

/**
 * Puts the values of a micro-batch in its row: zero elsewhere, so that a sum joins the micro-batches.
 *
 * @returns [micro-batches, numbers], the values of a phase one after the other
 */
export function placeValues(
  name: PhaseName,
  values: PhaseValues,
  microBatches: MicroBatches,
  index: number,
): tf.Tensor2D {
  const own = tf.concat(PHASE_VALUES[name].map((each) => values[each]!));
  const row = tf.reshape(own, [1, -1]) as tf.Tensor2D;
  const { size, batch } = microBatches;
  const before = microBatches.start(index) / size;
  const after = batch / size - before - 1;
  if (before + after === 0) return row;
  return tf.pad(row, [
    [before, after],
    [0, 0],
  ]);
}

/**
 * Separates what {@link placeValues} joined.
 *
 * @param rows number of micro-batches
 * @param paths number of images in a micro-batch whose path lengths are measured
 * @returns the numbers of each image in the batch, by name
 */
export function splitValues(
  name: PhaseName,
  values: Float32Array,
  { rows, size, paths }: { rows: number; size: number; paths: number },
): Record<string, Float32Array> {
  const ofPaths = measuresPaths(name) ? ['reg', 'penalty'] : [];
  const width = values.length / rows;
  let start = 0;
  const entries = PHASE_VALUES[name].map((each) => {
    const from = start;
    start += ofPaths.includes(each) ? paths : size;
    const parts = Array.from({ length: rows }, (_, row) => [
      ...values.subarray(row * width + from, row * width + start),
    ]);
    return [each, Float32Array.from(parts.flat())] as const;
  });
  return Object.fromEntries(entries);
}
