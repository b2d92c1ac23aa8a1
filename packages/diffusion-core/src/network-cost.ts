/** What a network takes, by its architecture. Counts of numbers and operations; 4 bytes a number. */
export interface NetworkCost {
  /** Trained numbers. */
  parameters: number;
  /** Results that a backward pass needs from the forward pass, per image. */
  activations: number;
  /** The largest inputs and results of one layer together, per image. */
  workspace: number;
  /** Multiplications of a forward pass, per image. */
  multiplications: number;
}

/**
 * What a training takes, in multiples of its network's {@link NetworkCost}. Parts count as their share: the heads of a
 * discriminator by their weights, a pass through an encoder as {@link ENCODER_SHARE}.
 */
export interface TrainingCost {
  /**
   * Copies of the weights: teacher, student, fake score network, averaged weights, heads. Where there are two kinds of iterations,
   * also the gradients of the second one.
   */
  networks: number;
  /** Networks and heads that an optimizer trains, with two moments of each weight. */
  trained: number;
  /**
   * Activations that exist at once: 1 for a backward pass through one network, less for one whose weights are not trained. Each kind
   * of iteration, such as one in which the student rests, is a compiled graph of its own and keeps its memory: they add up.
   */
  activations: number;
  /** Forward passes for each image; a backward pass counts as two. */
  passes: number;
  /** What of it the teacher's evaluations are, which guidance repeats; left out, one forward pass without a gradient. */
  teacher?: { passes: number; activations: number };
}

/**
 * Multiplications of the encoder of a U-Net, as a share of the network's: 0.26 in a DDPM++ of two blocks a level, 0.33 in that of
 * CIFAR-10, 0.27 in the ADM of ImageNet.
 */
export const ENCODER_SHARE = 0.3;
