import * as tf from '@tensorflow/tfjs-core';
import { compileStep, Parameter, type AdamRates } from '@onestep/nn';
import type { RngState } from '@onestep/random';
import {
  checkImageBatch,
  disposeLossAndGrads,
  EmaSet,
  inTurns,
  isGeneratorAlive,
  joinParts,
  LabelPrior,
  MicroBatches,
  restoreWhole,
  takePart,
  type Communicator,
  type ImageBatch,
  type ImageBatchSource,
  type NamedSnapshot,
  type NetworkSnapshot,
  type StepStats,
  type TaskState,
  type TrainingLabels,
  type TrainingTask,
  type Turns,
} from '@onestep/diffusion-core';
import type { AdaptiveAugmentation } from '../augmentation/adaptive-augmentation.js';
import type { DiscriminatorNetwork } from '../networks/discriminator-network.js';
import type { GeneratorNetwork } from '../networks/generator-network.js';
import { saveGenerator } from '../network-file.js';
import { StyleGan2Generator } from '../stylegan2-generator.js';
import { AdaController, type AdaState } from './ada-controller.js';
import { copyBuffers } from './average-weights.js';
import { trainedParameters } from './frozen-layers.js';
import { GanTrainingDraws, pathCount, type GanDraws, type GanShapes } from './gan-draws.js';
import { GanPhases, phaseLoss, type MicroBatchInputs } from './gan-phases.js';
import { ganStatistics, type IterationValues } from './gan-statistics.js';
import { settleGanOptions, type GanTrainingOptions } from './gan-training-options.js';
import { GanUploads } from './gan-uploads.js';
import { placeValues, splitValues } from './image-values.js';
import { isDiscriminatorAlive } from './is-discriminator-alive.js';
import { gainOf, PHASES, phasesOf, updatesGenerator, type PhaseName } from './phases.js';
import { SharedAverages } from './shared-averages.js';
import { TrainedNetwork } from './trained-network.js';

/** Arguments of {@link GanTrainingTask}. */
export interface GanTrainingArgs {
  /** The networks to train, with their initial weights. The task takes ownership. */
  generator: GeneratorNetwork;
  discriminator: DiscriminatorNetwork;
  /** The averaged generator to start from; left out, the generator. */
  average?: GeneratorNetwork;
  /** Source of the real images. */
  batches: ImageBatchSource;
  /** The labels of the data set, from which those of generated images are drawn; left out, equally frequent classes. */
  labels?: TrainingLabels;
  /** Transforms of all images that the discriminator sees; null or left out for none. */
  augmentation?: AdaptiveAugmentation | null;
  /** Options left out or undefined have the published defaults. */
  options?: Partial<GanTrainingOptions>;
  /** The processes that share each batch. Left out, this one alone. */
  communicator?: Communicator;
}

/** Sees what an optimizer gets in a phase, and the numbers of each image. */
export type PhaseObserver = (name: PhaseName, grads: readonly tf.Tensor[], values: tf.Tensor) => void;

/** The tensors of a phase. */
interface PhaseInputs {
  parts: MicroBatchInputs[];
  rates: AdamRates;
}

/** The numbers of each image in a batch, [micro-batches, numbers]. */
type PhaseResult = { values: tf.Tensor2D };

/** Trains a StyleGAN2 on images, as in Karras et al. 2020 and the published code. */
export class GanTrainingTask implements TrainingTask {
  readonly generator: GeneratorNetwork;
  readonly discriminator: DiscriminatorNetwork;
  /** The augmentation probability, and what moves it. */
  readonly ada: AdaController;
  private readonly emas: EmaSet<StyleGan2Generator>;
  private readonly options: GanTrainingOptions;
  private readonly batches: ImageBatchSource;
  /** Running mean of the path lengths. */
  private readonly pathLength: Parameter;
  private readonly phases: GanPhases;
  private readonly draws: GanTrainingDraws;
  private readonly uploads: GanUploads;
  private readonly microBatches: MicroBatches;
  private readonly isAugmented: boolean;
  private readonly sharedAverages: SharedAverages;
  private readonly trained: Readonly<Record<'G' | 'D', TrainedNetwork>>;
  private readonly updates: Readonly<Record<PhaseName, (inputs: () => PhaseInputs) => Promise<PhaseResult>>>;
  private readonly average: (inputs: { decays: tf.Scalar[] }) => { done: tf.Scalar };

  /** @throws RangeError if an option is out of range, or the networks do not fit each other */
  constructor(args: GanTrainingArgs) {
    const {
      generator,
      discriminator,
      average,
      batches,
      labels,
      augmentation = null,
      options = {},
      communicator,
    } = args;
    this.options = settleGanOptions(options);
    this.generator = generator;
    this.discriminator = discriminator;
    this.batches = batches;
    generator.train();
    discriminator.train();
    const { batch, batchGpu, glr, dlr, gRegInterval, dRegInterval, augmentP, adaTarget, freezeLayers } = this.options;
    this.emas = new EmaSet(new StyleGan2Generator(generator, { noise: 'random' }), this.options);
    if (average !== undefined) {
      this.emas.first.module.copyFrom(average);
      average.dispose();
    }
    this.pathLength = new Parameter(tf.scalar(0), { trainable: false });
    this.phases = new GanPhases(generator, discriminator, this.pathLength.variable, this.options);
    this.ada = new AdaController({
      batch,
      p: augmentP,
      target: adaTarget,
      interval: this.options.adaInterval,
      kimg: this.options.adaKimg,
    });
    this.microBatches = new MicroBatches({ batch, batchGpu }, communicator);
    const { imgResolution, imgChannels, zDim, labelDim } = generator.settings;
    const { noiseResolutions } = generator.synthesis;
    const shapes: GanShapes = { imgResolution, imgChannels, zDim, numWs: generator.mapping.numWs, noiseResolutions };
    this.isAugmented = augmentation !== null;
    this.draws = new GanTrainingDraws(this.options, {
      shapes,
      prior: new LabelPrior({ labelDim, labels }),
      augmentation,
    });
    this.uploads = new GanUploads(shapes, labelDim, this.microBatches);
    const averages = { wAvg: generator.mapping.w_avg!.variable, pathLength: this.pathLength.variable };
    this.sharedAverages = new SharedAverages(averages, this.microBatches, communicator);
    const trained = (parameters: ReadonlyMap<string, Parameter>, rate: number, interval: number | null) =>
      new TrainedNetwork(parameters, { rate, interval, options: this.options });
    this.trained = {
      G: trained(generator.namedParameters(), glr, gRegInterval),
      D: trained(trainedParameters(discriminator, freezeLayers), dlr, dRegInterval),
    };
    const compile = (name: PhaseName) =>
      this.microBatches.compileTurns((inputs: PhaseInputs) => this.update(name, inputs));
    this.updates = Object.fromEntries(PHASES.map((name) => [name, compile(name)])) as never;
    this.average = compileStep((inputs: { decays: tf.Scalar[] }) => this.updateAverage(inputs));
  }

  /** The generator with averaged (EMA) weights, which draws fresh noise for each image. */
  get ema(): StyleGan2Generator {
    return this.emas.first;
  }

  get batchSize(): number {
    return this.options.batch;
  }

  async step(imagesSeen: number): Promise<StepStats> {
    const batch = await this.batches.next();
    const phases = phasesOf(this.iteration(imagesSeen), this.options);
    return this.stepWith(imagesSeen, this.draws.next(phases, this.microBatches.size, this.ada.p), batch);
  }

  /**
   * An iteration from given draws. For comparisons with other implementations; {@link GanTrainingTask.step} draws.
   *
   * @param draws of all phases of this iteration
   * @param observe sees the results of each phase
   */
  async stepWith(imagesSeen: number, draws: GanDraws, batch: ImageBatch, observe?: PhaseObserver): Promise<StepStats> {
    checkImageBatch(batch, this.generator.settings, this.options.batch);
    const iteration = this.iteration(imagesSeen);
    const results: [PhaseName, tf.Tensor2D][] = [];
    for (const name of phasesOf(iteration, this.options)) {
      const inputs = () => this.inputs(name, draws, batch);
      const { values } =
        observe === undefined ? await this.updates[name](inputs) : await inTurns(this.update(name, inputs(), observe));
      results.push([name, values]);
    }
    tf.tidy(() => void this.average({ decays: this.emas.nextDecays(imagesSeen) }));
    const values: IterationValues = {};
    for (const [name, tensor] of results) values[name] = this.split(name, (await tensor.data()) as Float32Array);
    tf.dispose(results.map(([, tensor]) => tensor));
    for (const { real } of Object.values(values)) this.ada.count(real ?? []);
    const augmentP = this.isAugmented ? this.ada.p : null;
    this.ada.adjust(iteration + 1);
    return ganStatistics(values, augmentP);
  }

  private iteration(imagesSeen: number): number {
    return Math.floor(imagesSeen / this.options.batch);
  }

  private inputs(name: PhaseName, draws: GanDraws, batch: ImageBatch): PhaseInputs {
    return { parts: this.uploads.upload(name, draws, batch), rates: this.trainedIn(name).nextRates() };
  }

  private trainedIn(name: PhaseName): TrainedNetwork {
    return this.trained[updatesGenerator(name) ? 'G' : 'D'];
  }

  private split(name: PhaseName, values: Float32Array): Record<string, Float32Array> {
    const { batch, size } = this.microBatches;
    return splitValues(name, values, { rows: batch / size, size, paths: pathCount(size, this.options) });
  }

  /** One phase: the gradients of its loss, and the step of its network. */
  private *update(name: PhaseName, { parts, rates }: PhaseInputs, observe?: PhaseObserver): Turns<PhaseResult> {
    const { microBatches, options } = this;
    const { parameters, adam } = this.trainedIn(name);
    const gain = gainOf(name, options);
    const computed = yield* microBatches.accumulate(name, parameters, parts, (part, index) => {
      const values = this.phases.evaluate(name, part);
      // A sum over the micro-batches, as published: each divides by its own number of images.
      const loss: tf.Scalar = tf.mul(phaseLoss(values), gain);
      const placed = placeValues(name, values, microBatches, index);
      return { loss, aux: { values: placed, ...this.sharedAverages.share(index) } };
    });
    const { grads, aux } = computed;
    observe?.(name, grads, aux.values);
    // PyTorch has gradients of zero where a loss does not depend on a parameter, with which Adam's moments decay.
    microBatches.update(name, { grads, rates, aux }, (given) => {
      adam.update(given.grads, given.rates);
      this.sharedAverages.assign(given.aux);
    });
    const { values, ...averages } = aux;
    disposeLossAndGrads({ ...computed, aux: averages });
    return { values };
  }

  private updateAverage(inputs: { decays: tf.Scalar[] }): { done: tf.Scalar } {
    this.emas.update(new StyleGan2Generator(this.generator), inputs.decays);
    copyBuffers(this.generator, this.emas.first.module);
    return { done: tf.add<tf.Scalar>(tf.scalar(0), 1) };
  }

  async state(): Promise<TaskState> {
    const { trained, generator, discriminator } = this;
    return {
      tensors: joinParts({
        G: await generator.stateDict(),
        D: await discriminator.stateDict(),
        ...(await this.emas.stateDicts('G_ema')),
        g_optimizer: await trained.G.adam.stateDict(),
        d_optimizer: await trained.D.adam.stateDict(),
        path_length: { mean: await this.pathLength.download() },
      }),
      values: {
        networks: this.networkSettings(),
        streams: this.draws.state(),
        batches: this.batches.state(),
        emas: this.emas.state(),
        ada: this.ada.snapshot(),
      },
    };
  }

  /** @throws if the state was saved with other networks, or lacks a random stream */
  async restore(state: TaskState): Promise<void> {
    await restoreWhole({ state: () => this.state(), load: (from) => this.load(from) }, state);
  }

  private load({ tensors, values }: TaskState): void {
    const [theirs, ours] = [JSON.stringify(values.networks), JSON.stringify(this.networkSettings())];
    if (theirs !== ours) {
      throw new Error(`The training state belongs to other networks: their settings are ${theirs}, not ${ours}.`);
    }
    this.generator.loadStateDict(takePart(tensors, 'G'));
    this.discriminator.loadStateDict(takePart(tensors, 'D'));
    this.emas.restore(tensors, 'G_ema', values.emas);
    this.trained.G.adam.loadStateDict(takePart(tensors, 'g_optimizer'));
    this.trained.D.adam.loadStateDict(takePart(tensors, 'd_optimizer'));
    this.pathLength.upload(takePart(tensors, 'path_length').mean!, 'path_length.mean');
    this.draws.restore(values.streams as Record<string, RngState>);
    this.batches.restore(values.batches);
    this.ada.restore(values.ada as AdaState);
  }

  private networkSettings() {
    return { G: this.generator.settings, D: this.discriminator.settings };
  }

  async snapshot(): Promise<NetworkSnapshot> {
    return this.emas.snapshot(saveGenerator);
  }

  furtherSnapshots(): AsyncIterable<NamedSnapshot> {
    return this.emas.furtherSnapshots(saveGenerator);
  }

  async isAlive(): Promise<boolean> {
    const own = new StyleGan2Generator(this.generator);
    return (
      (await isGeneratorAlive(own)) &&
      (await isGeneratorAlive(this.ema)) &&
      (await isDiscriminatorAlive(this.discriminator))
    );
  }

  /** Frees the networks and the optimizers' states. */
  dispose(): void {
    const { generator, discriminator, pathLength, trained } = this;
    generator.dispose();
    discriminator.dispose();
    pathLength.dispose();
    this.emas.dispose();
    trained.G.adam.dispose();
    trained.D.adam.dispose();
  }
}
