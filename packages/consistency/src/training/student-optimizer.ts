import type * as tf from '@tensorflow/tfjs-core';
import type { StateDict } from '@onestep/checkpoint';
import { clipByGlobalNorm, type Adam, type AdamOptions, type Module, type Parameter, type RAdam } from '@onestep/nn';
import { OPTIMIZERS, type StudentOptions } from './options.js';

/** The factors of an optimizer's step that change from step to step, as tensors. */
export type StudentRates = ReturnType<(Adam | RAdam)['nextRates']>;

/** The optimizer of a student and of the modules that are trained with it. */
export class StudentOptimizer<O extends StudentOptions> {
  /** Everything that it trains, in the order of the gradients. */
  readonly parameters: Parameter[];
  private readonly options: O;
  private readonly optimizer: Adam | RAdam;

  /** @param modules further modules, by name */
  constructor(student: Module, modules: Readonly<Record<string, Module>>, options: O, adam?: AdamOptions) {
    const { beta1, beta2, optimizer } = options;
    const named = new Map(student.namedParameters());
    for (const [name, module] of Object.entries(modules)) {
      for (const [parameter, value] of module.namedParameters()) named.set(`${name}.${parameter}`, value);
    }
    this.options = options;
    this.parameters = [...named.values()];
    this.optimizer = OPTIMIZERS[optimizer](named, { beta1, beta2, ...adam });
  }

  /** Begins the next update: its rates, as tensors of the caller's. */
  nextRates(learningRate: number): StudentRates {
    return this.optimizer.nextRates(learningRate);
  }

  /**
   * The update that {@link StudentOptimizer.nextRates} began.
   *
   * @param grads one per parameter; they stay the caller's
   * @param absent parameters without a gradient, which stay as they are
   */
  update(grads: tf.Tensor[], rates: StudentRates, absent: readonly boolean[]): void {
    const { clipGradNorm } = this.options;
    const clipped = clipGradNorm === null ? grads : clipByGlobalNorm(grads, clipGradNorm);
    this.optimizer.update(clipped, rates as never, absent);
  }

  /** Starts anew. */
  reset(): void {
    this.optimizer.reset();
  }

  stateDict(): Promise<StateDict> {
    return this.optimizer.stateDict();
  }

  loadStateDict(dict: StateDict): void {
    this.optimizer.loadStateDict(dict);
  }

  dispose(): void {
    this.optimizer.dispose();
  }
}
