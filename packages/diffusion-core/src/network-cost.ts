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
