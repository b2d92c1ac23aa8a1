import * as tf from '@tensorflow/tfjs-core';
import type { StateDict } from '@onestep/checkpoint';
import { Parameter } from '../parameter.js';

/** Variables of an update; the lists run in parallel. */
export interface UpdatedVariables {
  parameters: tf.Variable[];
  grads: tf.Tensor[];
  firstMoments: tf.Variable[];
  secondMoments: tf.Variable[];
}

/** New values of the variables of an update. */
export interface UpdatedValues {
  parameters: readonly tf.Tensor[];
  firstMoments: readonly tf.Tensor[];
  secondMoments: readonly tf.Tensor[];
}

/**
 * An optimizer with running means of the gradients and of their squares, for a fixed list of named parameters: what Adam and
 * its relatives have in common.
 */
export abstract class MomentOptimizer<R> {
  private readonly names: string[];
  private readonly parameters: Parameter[];
  private readonly firstMoments: Parameter[];
  private readonly secondMoments: Parameter[];
  private steps = 0;

  constructor(parameters: ReadonlyMap<string, Parameter>) {
    this.names = [...parameters.keys()];
    this.parameters = [...parameters.values()];
    const moment = ({ variable, layout }: Parameter) =>
      new Parameter(tf.zeros(variable.shape), { layout, trainable: false });
    this.firstMoments = this.parameters.map(moment);
    this.secondMoments = this.parameters.map(moment);
  }

  /** The factors of step number `step`, from 1, as tensors of the caller's. */
  protected abstract rates(learningRate: number, step: number): R;

  /** The values after a step. */
  protected abstract compute(variables: UpdatedVariables, rates: R): UpdatedValues;

  /**
   * Updates the parameters.
   *
   * @param grads one per parameter, in their order; they stay the caller's
   * @param learningRate of this step
   * @param absent see {@link MomentOptimizer.update}
   */
  step(grads: readonly tf.Tensor[], learningRate: number, absent?: readonly boolean[]): void {
    tf.tidy(() => this.update(grads, this.nextRates(learningRate), absent));
  }

  /**
   * Starts the next step of a training step that can be replayed.
   *
   * @returns its factors, for {@link MomentOptimizer.update}; they belong to the caller
   */
  nextRates(learningRate: number): R {
    this.steps += 1;
    return this.rates(learningRate, this.steps);
  }

  /**
   * Updates the parameters in the step that {@link MomentOptimizer.nextRates} started. It consists of tensor operations,
   * so it can be replayed.
   *
   * @param grads one per parameter, in their order; they stay the caller's
   * @param absent parameters without a gradient, as `lossAndGrads` returns them: they and their moments stay as they are,
   *   weight decay included. Left out, none.
   */
  update(grads: readonly tf.Tensor[], rates: R, absent: readonly boolean[] = []): void {
    const updated = grads.map((_, i) => i).filter((i) => !absent[i]);
    if (updated.length === 0) return;
    const variables = (list: readonly Parameter[]) => updated.map((i) => list[i]!.variable);
    const [parameters, firstMoments, secondMoments] = [
      variables(this.parameters),
      variables(this.firstMoments),
      variables(this.secondMoments),
    ];
    tf.tidy(() => {
      const own = updated.map((i) => grads[i]!);
      const results = this.compute({ parameters, grads: own, firstMoments, secondMoments }, rates);
      const assign = (list: readonly tf.Variable[], values: readonly tf.Tensor[]) =>
        list.forEach((variable, i) => variable.assign(values[i]!));
      assign(parameters, results.parameters);
      assign(firstMoments, results.firstMoments);
      assign(secondMoments, results.secondMoments);
    });
  }

  /** Starts anew: no steps, and moments of zero. */
  reset(): void {
    this.steps = 0;
    tf.tidy(() => {
      for (const { variable } of [...this.firstMoments, ...this.secondMoments]) variable.assign(tf.zerosLike(variable));
    });
  }

  /** Downloads the moments and the step count, for a checkpoint. */
  async stateDict(): Promise<StateDict> {
    const dict: StateDict = { step: { shape: [1], data: Int32Array.of(this.steps) } };
    for (const [i, name] of this.names.entries()) {
      dict[`exp_avg.${name}`] = await this.firstMoments[i]!.download();
      dict[`exp_avg_sq.${name}`] = await this.secondMoments[i]!.download();
    }
    return dict;
  }

  /**
   * Continues from a state of {@link MomentOptimizer.stateDict}.
   *
   * @throws naming a tensor that is missing (nothing is changed then) or of another shape
   */
  loadStateDict(dict: StateDict): void {
    const get = (name: string) => {
      const tensor = dict[name];
      if (tensor === undefined) throw new Error(`The optimizer state has no ${name}.`);
      return tensor;
    };
    const steps = Number(get('step').data[0]);
    const moments = this.names.flatMap((name, i) => [
      { moment: this.firstMoments[i]!, key: `exp_avg.${name}`, tensor: get(`exp_avg.${name}`) },
      { moment: this.secondMoments[i]!, key: `exp_avg_sq.${name}`, tensor: get(`exp_avg_sq.${name}`) },
    ]);
    this.steps = steps;
    for (const { moment, key, tensor } of moments) moment.upload(tensor, key);
  }

  /** Frees the moments. */
  dispose(): void {
    for (const moment of [...this.firstMoments, ...this.secondMoments]) moment.dispose();
  }
}
