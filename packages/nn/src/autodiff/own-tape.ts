import * as tf from '@tensorflow/tfjs-core';

/**
 * Differentiates on a tape of its own where tfjs has stopped recording: in a `tf.customGrad`, and so in
 * diffusion-core's `withoutGradient`. Without it, no operation would be recorded there, and every gradient would be
 * zero. The results are constants for the tape outside.
 */
export function onOwnTape<T>(differentiate: () => T): T {
  const { state } = tf.engine();
  if (state.kernelDepth === 0) return differentiate();
  const { kernelDepth, gradientDepth, activeTape } = state;
  state.kernelDepth = 0;
  state.gradientDepth = 0;
  try {
    return differentiate();
  } finally {
    Object.assign(state, { kernelDepth, gradientDepth, activeTape });
  }
}
