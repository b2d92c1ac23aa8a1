import { karrasSigma } from '@onestep/diffusion-core';

/**
 * Noise levels at which the two score networks are compared: sigma(t) of the rho = 7 schedule from 0.002 (t = 0) to
 * 80 (t = 1), for t uniform in (0, tmax / 1000). Zhou et al. 2024, with the
 * schedule of Eq. (5), Karras et al. 2022.
 *
 * @param u uniform draws in (0, 1)
 * @param tmax the largest t, in thousandths
 */
export function sidSigmas(u: ArrayLike<number>, tmax: number): Float32Array {
  return Float32Array.from(u, (value) => karrasSigma(1 - (value * tmax) / 1000));
}
