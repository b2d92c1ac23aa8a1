import * as tf from '@tensorflow/tfjs-core';
import { perImage, type PredictionScaling, type ScaledInputs } from '@onestep/diffusion-core';

/** Settings of {@link edmPreconditioning}. */
export interface EdmSettings {
  scheme: 'edm';
  /** Standard deviation of the data. */
  sigmaData: number;
  /** Factor of ln(sigma) / 4 at the network's input: 1000 in consistency_models, 1 in diffusers' EDM schedulers. */
  timeScale: number;
}

export const EDM: EdmSettings = { scheme: 'edm', sigmaData: 0.5, timeScale: 1000 };

/** Table 1 "EDM", Karras et al. 2022. */
export function edmPreconditioning({ sigmaData, timeScale }: EdmSettings): PredictionScaling {
  return {
    sigmaMin: 0,
    sigmaMax: Infinity,
    roundSigma: (sigma) => sigma,
    scale(x, sigma) {
      const variance = tf.add(tf.square(sigma), sigmaData ** 2) as tf.Tensor1D;
      return {
        ...scaleInputs(x, sigma, tf.rsqrt(variance), timeScale),
        toImage(output) {
          const cSkip = tf.div(sigmaData ** 2, variance);
          const cOut = tf.div(tf.mul(sigma, sigmaData), tf.sqrt(variance));
          return combine(x, output, cSkip as tf.Tensor1D, cOut as tf.Tensor1D);
        },
      };
    },
  };
}

/** The inputs of F(c_in x; c_noise), with c_noise = timeScale ln(sigma) / 4. */
export function scaleInputs(
  x: tf.Tensor4D,
  sigma: tf.Tensor1D,
  cIn: tf.Tensor1D,
  timeScale: number,
): Pick<ScaledInputs, 'x' | 'level'> {
  return { x: tf.mul(x, perImage(cIn)), level: tf.mul(tf.log(sigma), timeScale / 4) };
}

/** c_skip x + c_out F. Takes as many channels of F as `x` has. */
export function combine(x: tf.Tensor4D, output: tf.Tensor4D, cSkip: tf.Tensor1D, cOut: tf.Tensor1D): tf.Tensor4D {
  const channels = x.shape[3];
  const image = output.shape[3] === channels ? output : tf.slice(output, [0, 0, 0, 0], [-1, -1, -1, channels]);
  return tf.add(tf.mul(x, perImage(cSkip)), tf.mul(image, perImage(cOut)));
}
