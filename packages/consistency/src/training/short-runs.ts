/** Options that short runs on images share: some thousand images on a CPU. */
export const SHORT_RUN = {
  batch: 64,
  optimizer: 'adam',
  lr: 1e-3,
  emaHalfLifeKimg: 2,
  emaRampUpRatio: 0.5,
} as const;

/** Options that short runs on points share, at a learning rate at which the student is seen to move. */
export const POINT_RUN = {
  batch: 256,
  initSigma: 2.5,
  optimizer: 'adam',
  lr: 3e-3,
  emaRampUpRatio: 0.5,
} as const;
