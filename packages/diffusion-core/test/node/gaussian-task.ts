import * as tf from '@tensorflow/tfjs-core';
import { Adam, lossAndGrads } from '@onestep/nn';
import { Rng, type RngState } from '@onestep/random';
import {
  edmDenoisingLoss,
  EmaSet,
  GaussianDenoiser,
  joinParts,
  logNormalSigmas,
  takePart,
  type EmaSetOptions,
  type NamedSnapshot,
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
  private readonly emas: EmaSet<GaussianDenoiser>;
  private readonly optimizer = new Adam(this.net.module.namedParameters());
  private rng = new Rng(7, 'noise');

  /** @param options lengths of the EMAs */
  constructor(options: Partial<EmaSetOptions> = {}) {
    const { batchSize: batch } = this;
    this.emas = new EmaSet(this.net, { batch, seed: 7, emaHalfLifeKimg: 0.5, emaRampUpRatio: 0.05, ...options });
  }

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
      this.emas.update(this.net, this.emas.nextDecays(imagesSeen));
      return loss;
    });
    const [value] = await loss.data();
    loss.dispose();
    return { 'Loss/loss': value! };
  }

  async state(): Promise<TaskState> {
    const tensors = joinParts({
      net: await this.net.module.stateDict(),
      ...(await this.emas.stateDicts('ema')),
      optimizer: await this.optimizer.stateDict(),
    });
    return { tensors, values: { rng: this.rng.state(), emas: this.emas.state() } };
  }

  async restore({ tensors, values }: TaskState): Promise<void> {
    this.net.module.loadStateDict(takePart(tensors, 'net'));
    this.emas.restore(tensors, 'ema', values.emas);
    this.optimizer.loadStateDict(takePart(tensors, 'optimizer'));
    this.rng = Rng.fromState(values.rng as RngState);
  }

  snapshot(): Promise<NetworkSnapshot> {
    return this.emas.snapshot(save);
  }

  furtherSnapshots(): AsyncIterable<NamedSnapshot> {
    return this.emas.furtherSnapshots(save);
  }
}

async function save({ module }: GaussianDenoiser): Promise<NetworkSnapshot> {
  return { tensors: await module.stateDict(), metadata: {} };
}
