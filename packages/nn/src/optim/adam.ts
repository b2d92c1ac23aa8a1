import * as tf from '@tensorflow/tfjs-core';
import type { StateDict } from '@onestep/checkpoint';
import { adamUpdate, type AdamRates } from '../ops/adam-update.js';
import { Parameter } from '../parameter.js';

/** Settings of {@link Adam}. The defaults are PyTorch's. */
export interface AdamOptions {
  /** Decay of the first moments. Default 0.9. */
  beta1?: number;
  /** Decay of the second moments. Default 0.999. */
  beta2?: number;
  /** Added to the denominator. Default 1e-8. */
  epsilon?: number;
  /**
   * Value of infinite gradients, with their sign. Finite ones are used as they are; NaN counts as 0. Default
   * 1e5.
   */
  infiniteGradient?: number;
  /**
   * Decoupled weight decay (AdamW, Loshchilov & Hutter 2019): each step first shrinks the parameters by learningRate times this.
   * Default 0.
   */
  weightDecay?: number;
}

/** Adam (Kingma & Ba 2015) and AdamW with PyTorch's arithmetic, for a fixed list of named parameters. */
export class Adam {
  private readonly names: string[];
  private readonly parameters: Parameter[];
  private readonly firstMoments: Parameter[];
  private readonly secondMoments: Parameter[];
  private readonly options: Required<AdamOptions>;
  private steps = 0;

  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamOptions = {}) {
    // Not spread over the defaults, which an option of undefined would replace.
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, infiniteGradient = 1e5, weightDecay = 0 } = options;
    this.options = { beta1, beta2, epsilon, infiniteGradient, weightDecay };
    this.names = [...parameters.keys()];
    this.parameters = [...parameters.values()];
    const moment = ({ variable, layout }: Parameter) =>
      new Parameter(tf.zeros(variable.shape), { layout, trainable: false });
    this.firstMoments = this.parameters.map(moment);
    this.secondMoments = this.parameters.map(moment);
  }

  /**
   * Updates the parameters.
   *
   * @param grads one per parameter, in their order; they stay the caller's
   * @param learningRate of this step
   * @param absent see {@link Adam.update}
   */
  step(grads: readonly tf.Tensor[], learningRate: number, absent?: readonly boolean[]): void {
    tf.tidy(() => this.update(grads, this.nextRates(learningRate), absent));
  }

  /**
   * Starts the next step of a training step that can be replayed.
   *
   * @returns its factors, for {@link Adam.update}; they belong to the caller
   */
  nextRates(learningRate: number): AdamRates {
    this.steps += 1;
    const { beta1, beta2, weightDecay } = this.options;
    return {
      learningRate: tf.scalar(learningRate),
      correction1: tf.scalar(1 - beta1 ** this.steps),
      correction2: tf.scalar(1 - beta2 ** this.steps),
      ...(weightDecay !== 0 && { decay: tf.scalar(1 - learningRate * weightDecay) }),
    };
  }

  /**
   * Updates the parameters in the step that {@link Adam.nextRates} started. It consists of tensor operations,
   * so it can be replayed.
   *
   * @param grads one per parameter, in their order; they stay the caller's
   * @param absent parameters without a gradient, as `lossAndGrads` returns them: they and their moments stay as they are,
   *   weight decay included. Left out, none.
   */
  update(grads: readonly tf.Tensor[], rates: AdamRates, absent: readonly boolean[] = []): void {
    const updated = grads.map((_, i) => i).filter((i) => !absent[i]);
    if (updated.length === 0) return;
    const variables = (list: readonly Parameter[]) => updated.map((i) => list[i]!.variable);
    const lists = [variables(this.parameters), variables(this.firstMoments), variables(this.secondMoments)] as const;
    const [parameters, firstMoments, secondMoments] = lists;
    const { decay } = rates;
    tf.tidy(() => {
      const results = adamUpdate({
        // PyTorch's order: the decay before Adam's step.
        parameters: decay === undefined ? parameters : parameters.map((p) => tf.mul(p, decay)),
        grads: updated.map((i) => grads[i]!),
        firstMoments,
        secondMoments,
        rates,
        ...this.options,
      });
      const values = [results.parameters, results.firstMoments, results.secondMoments];
      lists.forEach((list, k) => list.forEach((variable, i) => variable.assign(values[k]![i]!)));
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
   * Continues from a state of {@link Adam.stateDict}.
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
