/** Settings of {@link AdaController}. */
export interface AdaSettings {
  /** Images in a batch. */
  batch: number;
  /** The probability at the start. */
  p: number;
  /** Mean sign of the logits of real images to aim at; null for a fixed probability. */
  target: number | null;
  /** Iterations from one change to the next. */
  interval: number;
  /** Thousands of images in which the probability can rise from 0 to 1. */
  kimg: number;
}

/** What {@link AdaController} holds. JSON. */
export interface AdaState {
  p: number;
  signs: number;
  count: number;
}

/**
 * Adapts the augmentation probability p to how much the discriminator overfits (Karras et al. 2020, "Training Generative Adversarial
 * Networks with Limited Data", section 3.2): r_t = E[sign(D(real))] above the target raises p, below it lowers it.
 */
export class AdaController {
  private readonly settings: AdaSettings;
  private state: AdaState;

  constructor(settings: AdaSettings) {
    this.settings = settings;
    this.state = { p: settings.p, signs: 0, count: 0 };
  }

  /** The augmentation probability. It has no upper bound; transforms treat what is above 1 as 1. */
  get p(): number {
    return this.state.p;
  }

  /** Counts the signs of logits of real images, where the sign of 0 is 0. */
  count(logits: Iterable<number>): void {
    for (const logit of logits) {
      this.state.signs += Math.sign(logit);
      this.state.count += 1;
    }
  }

  /**
   * Moves p, if it is time to.
   *
   * @param iterations number of iterations that were finished
   */
  adjust(iterations: number): void {
    const { target, interval, batch, kimg } = this.settings;
    if (target === null || iterations % interval !== 0 || this.state.count === 0) return;
    const { p, signs, count } = this.state;
    const step = (batch * interval) / (kimg * 1000);
    this.state = { p: Math.max(0, p + Math.sign(signs / count - target) * step), signs: 0, count: 0 };
  }

  /** What an exact continuation needs. */
  snapshot(): AdaState {
    return { ...this.state };
  }

  restore(state: AdaState): void {
    this.state = { ...state };
  }
}
