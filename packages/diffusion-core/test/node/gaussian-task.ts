import * as tf from '@tensorflow/tfjs-core';
import { Adam, emaDecay, lossAndGrads, updateEma } from '@onestep/nn';
import { Rng, type RngState } from '@onestep/random';
import {
  edmDenoisingLoss,
  GaussianDenoiser,
  joinParts,
  logNormalSigmas,
  takePart,
  type NetworkSnapshot,
  type StepStats,
  type TaskState,
  type TrainingTask,
} from '@onestep/diffusion-core';

const SETTINGS = { imgResolution: 2, imgChannels: 3, mean: 0, std: 1 };
const PIXELS = 2 * 2 * 3;

/** Learns the two numbers a channel of a Gaussian from its samples: the smallest training there is. */
export class GaussianTask implements TrainingTask {
  readonly batchSize = 50;
  readonly net = new GaussianDenoiser(SETTINGS);
  private readonly ema = this.net.clone();
  private readonly optimizer = new Adam(this.net.module.namedParameters());
  private rng = new Rng(7, 'noise');

  async step(imagesSeen: number): Promise<StepStats> {
    const n = this.batchSize;
    const shape: [number, number, number, number] = [n, 2, 2, 3];
    const draw = () => this.rng.normal(n * PIXELS);
    const loss = tf.tidy(() => {
      const images = tf.add(tf.mul(tf.tensor4d(draw(), shape), 0.5), 0.25) as tf.Tensor4D;
      const sigma = tf.tensor1d(logNormalSigmas(this.rng.normal(n)));
      const noise = tf.tensor4d(draw(), shape);
      const { loss, grads } = lossAndGrads(() => {
        const pixels = edmDenoisingLoss({ denoiser: this.net, images, sigma, noise });
        return { loss: tf.div(tf.sum(pixels), n) as tf.Scalar, aux: {} };
      }, this.net.module.parameters());
      this.optimizer.step(grads, 1e-2);
      updateEma(this.ema.module, this.net.module, emaDecay(n, 500, imagesSeen));
      return loss;
    });
    const [value] = await loss.data();
    loss.dispose();
    return { 'Loss/loss': value! };
  }

  async state(): Promise<TaskState> {
    const tensors = joinParts({
      net: await this.net.module.stateDict(),
      ema: await this.ema.module.stateDict(),
      optimizer: await this.optimizer.stateDict(),
    });
    return { tensors, values: { rng: this.rng.state() } };
  }

  async restore({ tensors, values }: TaskState): Promise<void> {
    this.net.module.loadStateDict(takePart(tensors, 'net'));
    this.ema.module.loadStateDict(takePart(tensors, 'ema'));
    this.optimizer.loadStateDict(takePart(tensors, 'optimizer'));
    this.rng = Rng.fromState(values.rng as RngState);
  }

  async snapshot(): Promise<NetworkSnapshot> {
    return { tensors: await this.ema.module.stateDict(), metadata: {} };
  }
}
