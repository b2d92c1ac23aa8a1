import * as tf from '@tensorflow/tfjs-core';
import type { Module } from '@onestep/nn';

/**
 * Copies the buffers of a network, such as the running average of w, to the one with the averaged weights. An EMA averages
 * parameters alone.
 */
export function copyBuffers(from: Module, to: Module): void {
  const buffers = [...from.namedLeaves()].filter(([, { trainable }]) => !trainable);
  const targets = to.namedLeaves();
  tf.tidy(() => {
    // A sum is a tensor of its own, which a later step may overwrite.
    for (const [name, { variable }] of buffers) targets.get(name)!.variable.assign(tf.add(variable, 0));
  });
}
