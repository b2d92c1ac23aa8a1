/** Settings that all blocks of a network share. */
export interface BlockStyle {
  embeddingChannels: number;
  normGroups: number;
  normEpsilon: number;
  /** Whether the embedding scales and shifts the normalized activations, or is added before the normalization. */
  scaleShift: boolean;
  /** Probability of dropping an activation in training. */
  dropout: number;
  /** Width of an attention head; 0 for `numHeads` heads. */
  headChannels: number;
  numHeads: number;
  /** Whether convolutions and attention are in half precision, on engines that have it. */
  half: boolean;
}
