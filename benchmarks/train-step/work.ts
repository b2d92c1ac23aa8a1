import * as tf from '@tensorflow/tfjs-core';
import { compileOpenVino, type CompiledFunction } from '@onestep/backends/onnx';
import { boot as bootMethod } from '@onestep/boot';
import { diffInstruct as diffInstructMethod } from '@onestep/diff-instruct';
import { logNormalSigmas, type Conditions, type DistillationMethod } from '@onestep/diffusion-core';
import { EdmTrainingTask, type PreconditionedNetwork } from '@onestep/edm';
import { compileStep } from '@onestep/nn';
import { Rng } from '@onestep/random';
import { sid as sidMethod, sidSigmas } from '@onestep/sid';
import { DISTILLATION, SHARED_ROUNDS, type Mode, type WorkSettings } from './settings.js';

/** Something to time. */
export interface Work {
  /** The numbers that the first rounds draw, in the order in which peer.py takes them. */
  draws: ArrayLike<number>[];
  /** Does it once. @returns losses, or an output to be compared by its mean square */
  run(): Promise<number[] | Float32Array>;
}

type CreateWork = (network: PreconditionedNetwork, settings: WorkSettings) => Work;

const WORK: Record<Mode, CreateWork> = { train, forward, sid, 'diff-instruct': diffInstruct, boot };

/** The work of one mode. The network is taken over. */
export const createWork: CreateWork = (network, settings) => WORK[settings.mode](network, settings);

/** A step of EDM's training: forward, backward, Adam, average. */
function train(network: PreconditionedNetwork, { batch, network: size }: WorkSettings): Work {
  const pixels = batch * size.resolution ** 2 * size.channels;
  const images = Uint8Array.from(new Rng(1).integers(pixels, 256));
  const labels = labelVectors(batch, size.label_dim);
  const batches = { next: async () => ({ images, labels, count: batch }), state: () => null, restore: () => undefined };
  const options = { batch, lr: 1e-3, lrWarmupKimg: 0 };
  const task = new EdmTrainingTask({ network, batches, options });

  const [levels, noise] = ['levels', 'noise'].map((name) => new Rng(0, 'edm-training').stream(name)) as [Rng, Rng];
  const draws: ArrayLike<number>[] = [images];
  for (let i = 0; i < SHARED_ROUNDS; i++) draws.push(logNormalSigmas(levels.normal(batch)), noise.normal(pixels));
  let imagesSeen = 1000;
  return { draws, run: async () => [(await task.step((imagesSeen += batch)))['Loss/loss'].mean] };
}

/** The denoised images at sigma = 1, without gradients: what a sampler asks for. */
function forward(network: PreconditionedNetwork, { batch, network: size, openvino }: WorkSettings): Work {
  const shape: [number, number, number, number] = [batch, size.resolution, size.resolution, size.channels];
  const noise = new Rng(2).normal(batch * size.resolution ** 2 * size.channels);
  const x = tf.tensor4d(noise, shape);
  const sigma = tf.ones([batch]) as tf.Tensor1D;
  const labels = labelVectors(batch, size.label_dim);
  const conditions: Conditions = size.label_dim > 0 ? { labels: tf.tensor2d(labels, [batch, size.label_dim]) } : {};
  const inputs: tf.Tensor[] = [x, sigma, ...(conditions.labels === undefined ? [] : [conditions.labels])];
  const denoise = (...[images, levels, given]: tf.Tensor[]) =>
    network.denoise(images as tf.Tensor4D, levels as tf.Tensor1D, { labels: given as tf.Tensor2D | undefined });
  // As samplers call it.
  const replayed = compileStep(({ given }: { given: tf.Tensor[] }) => ({ denoised: denoise(...given) }));
  const evaluate = openvino ? inBfloat16(denoise, inputs) : () => replayed({ given: inputs }).denoised;
  const run = async () => {
    const output = evaluate(...inputs);
    const values = (await output.data()) as Float32Array;
    output.dispose();
    return values;
  };
  return { draws: [noise], run };
}

/** A function that OpenVINO computes in bfloat16. */
function inBfloat16(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: readonly tf.Tensor[]): typeof f {
  const named = Object.fromEntries(inputs.map((tensor, i) => [`input${i}`, tensor]));
  let compiled: CompiledFunction | undefined;
  return (...given) =>
    (compiled ??= compileOpenVino((...all) => ({ result: f(...all) }), named, 'bfloat16'))(...given).result!;
}

/** An iteration of SiD: the fake score network's step, then the generator's through teacher and fake score. */
function sid(teacher: PreconditionedNetwork, settings: WorkSettings): Work {
  const { batch } = settings;
  const { learning_rate: rate, init_sigma: initSigma, alpha, loss_scale: lsg, tmax } = DISTILLATION.sid;
  const options = { batch, lr: rate, glr: rate, initSigma, alpha, lsg, tmax, seed: 0 };
  const method = sidMethod.create({ teacher, options });
  const draws = scoreDraws('sid', settings, { generatorSigmas: (rng) => sidSigmas(rng.uniform(batch), tmax) });
  return iterations(method, draws, ['fake_score_Loss/loss', 'G_Loss/loss']);
}

/** An iteration of Diff-Instruct: the score network's step, then the generator's along the difference of two networks. */
function diffInstruct(teacher: PreconditionedNetwork, settings: WorkSettings): Work {
  const { batch } = settings;
  const { learning_rate: rate, init_sigma: initSigma } = DISTILLATION['diff-instruct'];
  const method = diffInstructMethod.create({ teacher, options: { batch, lr: rate, glr: rate, initSigma, seed: 0 } });
  const generatorSigmas = (rng: Rng) => logNormalSigmas(rng.normal(batch));
  const draws = scoreDraws('diff-instruct', settings, { generatorSigmas, sharedLabels: true });
  return iterations(method, draws, ['SgLoss/loss', 'GLoss/loss']);
}

/** An iteration of BOOT: the student's step, with a target from itself and the teacher, and the boundary. */
function boot(teacher: PreconditionedNetwork, { batch, network: size }: WorkSettings): Work {
  const { learning_rate: glr, init_sigma: initSigma, weight_clip: weightClip, ...rest } = DISTILLATION.boot;
  const method = bootMethod.create({ teacher, options: { batch, glr, initSigma, weightClip, ...rest, seed: 0 } });
  const [eps, time, classes] = ['eps', 't', 'labels'].map((name) => new Rng(0, 'boot').stream(name)) as [Rng, Rng, Rng];
  const draws: ArrayLike<number>[] = [];
  for (let i = 0; i < SHARED_ROUNDS; i++) {
    if (size.label_dim > 0) draws.push(classes.integers(batch, size.label_dim));
    draws.push(eps.normal(batch * size.resolution ** 2 * size.channels), time.uniform(batch));
  }
  return iterations(method, draws, ['G_Loss/loss', 'G_Loss/bootstrap', 'G_Loss/boundary']);
}

/** How the draws of methods with a score network differ. */
interface ScoreDrawsArgs {
  /** Noise levels of the generator's step; those of the score network's are log-normal. */
  generatorSigmas: (rng: Rng) => Float32Array;
  /** Whether both steps see the same labels. */
  sharedLabels?: boolean;
}

/** The numbers that a method with a score network draws first. */
function scoreDraws(
  method: string,
  { batch, network: size }: WorkSettings,
  { generatorSigmas, sharedLabels = false }: ScoreDrawsArgs,
): ArrayLike<number>[] {
  const pixels = batch * size.resolution ** 2 * size.channels;
  const stream = (name: string) => new Rng(0, method).stream(name);
  const [z, sigma, noise, classes] = [stream('z'), stream('sigma'), stream('noise'), stream('labels')];
  const draws: ArrayLike<number>[] = [];
  const labels = () => size.label_dim > 0 && draws.push(classes.integers(batch, size.label_dim));
  const rest = (sigmas: Float32Array) => draws.push(z.normal(pixels), sigmas, noise.normal(pixels));
  for (let i = 0; i < SHARED_ROUNDS; i++) {
    labels();
    rest(logNormalSigmas(sigma.normal(batch)));
    if (!sharedLabels) labels();
    rest(generatorSigmas(sigma));
  }
  return draws;
}

/** Iterations of a method, which report the losses of these names. */
function iterations(method: DistillationMethod, draws: ArrayLike<number>[], losses: readonly string[]): Work {
  let imagesSeen = 1000;
  const run = async () => {
    const stats = await method.step((imagesSeen += method.batchSize));
    return losses.map((name) => stats[name] as number);
  };
  return { draws, run };
}

/** One-hot rows, the classes in turn. */
function labelVectors(n: number, labelDim: number): Float32Array {
  const labels = new Float32Array(n * labelDim);
  if (labelDim > 0) for (let i = 0; i < n; i++) labels[i * labelDim + (i % labelDim)] = 1;
  return labels;
}
