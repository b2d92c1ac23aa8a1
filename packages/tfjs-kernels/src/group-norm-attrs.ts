/** Attributes of the kernels `GroupNorm` and `GroupNormGrad`, as `@onestep/nn` passes them. */
export interface GroupNormAttrs {
  /** Number of groups; divides the number of channels. */
  groups: number;
  /** Added to the variance. */
  epsilon: number;
  /** Whether SiLU follows the normalization. */
  silu: boolean;
}
