/** Options of {@link EdmTrainingTask}, with the defaults of the published training script. */
export interface EdmTrainingOptions {
  /** Images in a step. */
  batchSize: number;
  /**
   * Images worked on at once: gradients of a batch are accumulated in rounds of so many, which changes the memory needed
   * and not the result. Null, or more than a batch, for the whole batch.
   */
  batchGpu: number | null;
  /** Of Adam. */
  learningRate: number;
  /** The learning rate grows linearly from 0 over this many thousand images; 0 for no ramp. */
  learningRateRampKimg: number;
  /** Half-life of the averaged weights, thousand images. */
  emaHalfLifeKimg: number;
  /** The half-life is at most this share of the images seen; null for no such bound (as when weights are transferred). */
  emaRampUpRatio: number | null;
  /** Factor on the loss. */
  lossScaling: number;
  /** Of the noise, the augmentation and the dropout masks. */
  seed: number;
}

export const EDM_TRAINING_DEFAULTS: EdmTrainingOptions = {
  batchSize: 512,
  batchGpu: null,
  learningRate: 1e-3,
  learningRateRampKimg: 10_000,
  emaHalfLifeKimg: 500,
  emaRampUpRatio: 0.05,
  lossScaling: 1,
  seed: 0,
};
