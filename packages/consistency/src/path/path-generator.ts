import { describeGenerator, NetworkGenerator, type DenoiserNetwork } from '@onestep/diffusion-core';

/** Settings of a {@link PathGenerator}. */
export interface PathSettings {
  /** The highest noise level, of its input. */
  initSigma: number;
  /** Points of the table of noise levels that its steps pick from; null for levels that are made for the number of steps. */
  gridPoints: number | null;
}

/**
 * A denoiser that was trained to make long steps along the teacher's path, as a one-step generator: G(z) = D(sigma_max z;
 * sigma_max). Further steps follow the path, and add no noise.
 */
export class PathGenerator extends NetworkGenerator {
  readonly gridPoints: number | null;

  /** @param network a denoiser, which the generator owns and trains */
  constructor(network: DenoiserNetwork, { initSigma, gridPoints }: PathSettings) {
    super(network, initSigma);
    this.gridPoints = gridPoints;
  }

  override get settings(): Record<string, unknown> {
    return describeGenerator(super.settings, { gridPoints: this.gridPoints });
  }

  override clone(): PathGenerator {
    return new PathGenerator(this.network.clone(), this);
  }
}
