import * as tf from '@tensorflow/tfjs-core';
import { registerComposedKernel } from './composed-kernel.js';

/** Registers the gradient of `tf.gather`, sums of rows by segment, which the wasm engine lacks. */
export function registerSegmentSum(): void {
  registerComposedKernel({
    name: 'UnsortedSegmentSum',
    run: ({ x, segmentIds }: { x: tf.Tensor; segmentIds: tf.Tensor1D }, { numSegments }: { numSegments: number }) => {
      const members = tf.cast(tf.oneHot(segmentIds, numSegments), 'float32');
      const rows = tf.reshape(x, [segmentIds.size, -1]);
      return tf.reshape(tf.matMul(members, rows, true), [numSegments, ...x.shape.slice(1)]);
    },
  });
}
