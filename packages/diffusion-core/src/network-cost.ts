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

/** What a training takes, in multiples of its network's {@link NetworkCost}. */
export interface TrainingCost {
  /** Copies of the weights: teacher, student, fake score network, averaged weights. */
  networks: number;
  /** Networks that an optimizer trains, with two moments of each weight. */
  trained: number;
  /**
   * Activations that exist at once: 1 for a backward pass through one network, less for one whose weights are not trained.
   */
  activations: number;
  /** Forward passes for each image; a backward pass counts as two. */
  passes: number;
}
