import * as tf from '@tensorflow/tfjs-core';
import type { StateDict } from '@onestep/checkpoint';
import { adamUpdate, type AdamRates } from '../ops/adam-update.js';
import { Parameter } from '../parameter.js';

/** Settings of {@link Adam}; the defaults are PyTorch's. */
export interface AdamOptions {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  /** What infinite gradients count as, with their sign; NaN counts as 0. Finite ones are used as they are. */
  infiniteGradient?: number;
}

/** Adam (Kingma & Ba 2015) with PyTorch's arithmetic, over a fixed list of named parameters. */
export class Adam {
  private readonly names: string[];
  private readonly parameters: Parameter[];
  private readonly firstMoments: Parameter[];
  private readonly secondMoments: Parameter[];
  private readonly options: Required<AdamOptions>;
  private steps = 0;

  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamOptions = {}) {
    // Not spread over the defaults: an option given as undefined would replace its default.
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, infiniteGradient = 1e5 } = options;
    this.options = { beta1, beta2, epsilon, infiniteGradient };
    this.names = [...parameters.keys()];
    this.parameters = [...parameters.values()];
    const moment = ({ variable, layout }: Parameter) =>
      new Parameter(tf.zeros(variable.shape), { layout, trainable: false });
    this.firstMoments = this.parameters.map(moment);
    this.secondMoments = this.parameters.map(moment);
  }

  /**
   * One update. The gradients stay the caller's.
   *
   * @param grads one for each parameter, in their order
   * @param learningRate of this step
   */
  step(grads: readonly tf.Tensor[], learningRate: number): void {
    tf.tidy(() => this.update(grads, this.nextRates(learningRate)));
  }

  /** Begins the next step: its rates, for {@link Adam.update}. They are the caller's. */
  nextRates(learningRate: number): AdamRates {
    this.steps += 1;
    const { beta1, beta2 } = this.options;
    return {
      learningRate: tf.scalar(learningRate),
      correction1: tf.scalar(1 - beta1 ** this.steps),
      correction2: tf.scalar(1 - beta2 ** this.steps),
    };
  }

  /** The update of the step that {@link Adam.nextRates} began; nothing but tensor operations, so it can be replayed. */
  update(grads: readonly tf.Tensor[], rates: AdamRates): void {
    tf.tidy(() => {
      const updated = adamUpdate({
        parameters: this.parameters.map(({ variable }) => variable),
        grads,
        firstMoments: this.firstMoments.map(({ variable }) => variable),
        secondMoments: this.secondMoments.map(({ variable }) => variable),
        rates,
        ...this.options,
      });
      this.parameters.forEach(({ variable }, i) => variable.assign(updated.parameters[i]!));
      this.firstMoments.forEach(({ variable }, i) => variable.assign(updated.firstMoments[i]!));
      this.secondMoments.forEach(({ variable }, i) => variable.assign(updated.secondMoments[i]!));
    });
  }

  /** The moments and the step count, as tensors for a checkpoint. */
  async stateDict(): Promise<StateDict> {
    const dict: StateDict = { step: { shape: [1], data: Int32Array.of(this.steps) } };
    for (const [i, name] of this.names.entries()) {
      dict[`exp_avg.${name}`] = await this.firstMoments[i]!.download();
      dict[`exp_avg_sq.${name}`] = await this.secondMoments[i]!.download();
    }
    return dict;
  }

  /** Continues from a state saved by {@link Adam.stateDict}. An incomplete one changes nothing. */
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

  dispose(): void {
    for (const moment of [...this.firstMoments, ...this.secondMoments]) moment.dispose();
  }
}
