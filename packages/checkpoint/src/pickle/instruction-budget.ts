import { CheckpointError } from '../checkpoint-error.js';

/** A published snapshot has about 50,000 instructions. The bound keeps memory and time small whatever a file says. */
const MAX_INSTRUCTIONS = 1_000_000;

/** Counts the instructions of all pickles of a file, those nested in it included. */
export class InstructionBudget {
  private left = MAX_INSTRUCTIONS;

  constructor(private readonly source: string) {}

  /** @throws CheckpointError when too many are spent */
  spend(count = 1): void {
    this.left -= count;
    if (this.left < 0)
      throw new CheckpointError(this.source, `its pickle takes more than ${MAX_INSTRUCTIONS} instructions`);
  }
}
