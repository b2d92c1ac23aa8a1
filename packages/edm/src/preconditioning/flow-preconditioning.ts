import * as tf from '@tensorflow/tfjs-core';
import type { Preconditioning } from './preconditioning.js';

/** Settings of {@link flowPreconditioning}. */
export interface FlowPreconditioningSettings {
  scheme: 'flow';
}

export const FLOW_PRECONDITIONING: FlowPreconditioningSettings = { scheme: 'flow' };

/**
 * For networks without preconditioning that predict the velocity v = e - y of a flow z = (1 - t) y + t e (Lipman et al. 2023) from z and t
 * as they are. With t = sigma / (1 + sigma) and z = x / (1 + sigma), D = z - t v.
 */
export function flowPreconditioning(_: FlowPreconditioningSettings): Preconditioning {
  return {
    sigmaMin: 0,
    sigmaMax: Infinity,
    outputsPerChannel: 1,
    roundSigma: (sigma) => sigma,
    scalings(sigma) {
      const scale = tf.div(1, tf.add(sigma, 1)) as tf.Tensor1D;
      const time = tf.mul(sigma, scale) as tf.Tensor1D;
      return { cSkip: scale, cOut: tf.neg(time), cIn: scale, cNoise: time };
    },
  };
}
