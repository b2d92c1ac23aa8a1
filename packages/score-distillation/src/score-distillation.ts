import * as tf from '@tensorflow/tfjs-core';
import {
  atOnce,
  describeGenerator,
  describeLabels,
  disposeLossAndGrads,
  EmaSet,
  isDenoiserAlive,
  isGeneratorAlive,
  isNetwork,
  joinParts,
  LabelPrior,
  networkMetadata,
  recordGuidance,
  RegressionTerm,
  settleTrainingLabels,
  restoreWhole,
  takePart,
  type DenoiserNetwork,
  type DistillationMethod,
  type MethodArgs,
  type NamedSnapshot,
  type NetworkSnapshot,
  type PairInputs,
  type TaskState,
  type TrainableGenerator,
  type TrainingLabels,
  type Turns,
} from '@onestep/diffusion-core';
import type { AdamRates, LossAndGrads } from '@onestep/nn';
import { Rng, type RngState } from '@onestep/random';
import { AugmentedImages } from './augmented-images.js';
import { ScoreDraws, type IterationDraws } from './draws.js';
import { createNetworks, guideNetworks } from './networks.js';
import type { ScoreOptions } from './options.js';
import { PhaseUploads, type Uploaded } from './phase-inputs.js';
import { PhaseGradients, type Sums } from './phase-gradients.js';
import { PhaseOptimizer } from './phase-optimizer.js';
import { phasePolicies, type PhasePolicy } from './phase-policy.js';
import { RealBatches } from './real-batches.js';
import type { Networks, PhaseName, PhaseStats, Progress, ScoreStep, TrainedModule } from './score-step.js';

/** Tensors of an iteration: everything that changes from one to the next, so that an engine can replay it. */
interface IterationInputs {
  uploads: Record<PhaseName, Uploaded[]>;
  rates: Record<PhaseName, AdamRates[]>;
  emaDecays: tf.Scalar[];
  /** Pairs for the generator's phase. */
  pairs: PairInputs[] | undefined;
}

/** An update with inputs that it makes and disposes. */
type Update = (inputs: () => IterationInputs) => Promise<Sums>;

const PHASES: readonly PhaseName[] = ['fakeScore', 'generator'];

/**
 * The loop that Diff-Instruct, SiD and their relatives share: a fake score network f_psi learns to denoise the images of
 * the student, x_g = G(z), and the student learns from the difference between f_psi and the teacher f_phi. A
 * {@link ScoreStep} says how.
 */
export class ScoreDistillation<O extends ScoreOptions> implements DistillationMethod {
  readonly student: TrainableGenerator;
  /** f_psi */
  readonly fakeScore: DenoiserNetwork;
  /** Uploads what was drawn. */
  readonly uploads: PhaseUploads<O>;
  readonly regression: RegressionTerm | undefined;
  private readonly emas: EmaSet<TrainableGenerator>;
  private readonly method: ScoreStep<O>;
  private readonly options: O;
  /** The labels that the student learns; undefined where nothing is known of them. */
  private readonly labels: TrainingLabels | undefined;
  private readonly networks: Networks;
  private readonly policies: Readonly<Record<PhaseName, PhasePolicy>>;
  /** Undefined without real images. */
  private readonly reals: RealBatches<O> | undefined;
  private readonly random: ScoreDraws<O>;
  private readonly augmented: AugmentedImages<O> | null;
  private readonly optimizers: Record<PhaseName, PhaseOptimizer<O>>;
  private readonly losses: PhaseGradients<O>;
  /** One compiled update for each order of phases. */
  private readonly updates = new Map<string, Update>();

  /** @throws RangeError if the options do not fit the teacher, or something that the method needs is missing */
  constructor(method: ScoreStep<O>, args: MethodArgs<O> & { options: O }) {
    const { teacher, augmentation = null, data, regression, perceptual, communicator, options } = args;
    this.labels = settleTrainingLabels(teacher, { labels: args.labels, ...options });
    const prior = new LabelPrior(teacher, this.labels);
    this.policies = phasePolicies(method, options);
    if (data === undefined && PHASES.some((name) => this.policies[name].takesBatch)) {
      throw new RangeError(`The method ${method.name} learns from real images too: pass \`data\`.`);
    }
    this.method = method;
    this.options = options;
    if (isNetwork(teacher)) teacher.module.eval();
    const { student, fakeScore } = createNetworks(args, options);
    this.student = student;
    this.fakeScore = fakeScore;
    this.emas = new EmaSet(student, options);
    const further = method.modules?.({ teacher, fakeScore, student }, new Rng(options.seed, 'modules'), options) ?? {};
    const modules = Object.entries(further).map(([name, { module }]) => [name, module.train()] as const);
    const { learner, negative, ...compared } = guideNetworks(args, fakeScore, options);
    this.networks = { ...compared, student, modules: Object.fromEntries(modules) };
    const trainedIn = (phase: PhaseName) =>
      Object.fromEntries(Object.entries(further).filter(([, trained]) => trained.phase === phase));
    this.optimizers = {
      fakeScore: this.optimizer('fakeScore', fakeScore, trainedIn('fakeScore')),
      generator: this.optimizer('generator', student, trainedIn('generator')),
    };
    this.uploads = new PhaseUploads(method, { generator: student, prior, communicator, dropped: negative }, options);
    const { microBatches } = this.uploads;
    this.random = new ScoreDraws(method, { generator: student, prior }, options, augmentation, microBatches.rows);
    this.regression = regression && new RegressionTerm(regression, { teacher, microBatches, perceptual });
    const networks = { generator: this.networks, fakeScore: { ...this.networks, fakeScore: learner } };
    this.losses = new PhaseGradients(method, options, networks, this.uploads, this.regression);
    this.reals = data && new RealBatches(data, student, options, augmentation, microBatches.rows);
    this.augmented = augmentation === null ? null : new AugmentedImages(student);
  }

  get generator(): TrainableGenerator {
    return this.emas.first;
  }

  get batchSize(): number {
    return this.options.batch;
  }

  async step(imagesSeen: number): Promise<PhaseStats> {
    return this.stepWith(imagesSeen, this.random.next());
  }

  /** An iteration from given draws. For comparisons with other implementations; {@link ScoreDistillation.step} draws. */
  async stepWith(imagesSeen: number, draws: IterationDraws): Promise<PhaseStats> {
    const { method, options, policies, random } = this;
    const progress = { imagesSeen, iteration: Math.floor(imagesSeen / options.batch) };
    const turns = this.turns(progress);
    if (turns.length === 0)
      throw new Error(`The method ${method.name} has no phase in iteration ${progress.iteration}.`);
    const real = {
      fakeScore: await this.reals?.next(policies.fakeScore, random),
      generator: await this.reals?.next(policies.generator, random),
    };
    const name = method.fakeScoreImages === 'generator' ? 'generator' : 'fakeScore';
    const source = { name, draws: draws[name], real: real[name], kept: draws.fakeScore.kept } as const;
    const made = await this.augmented?.make(source, this.uploads, random);
    const pairs = turns.includes('generator') ? await this.regression?.next() : undefined;
    const { uploads } = this;
    const { sums } = await this.update(turns)(() => ({
      uploads: {
        fakeScore: uploads.upload('fakeScore', draws.fakeScore, progress, { real: real.fakeScore, made, source }),
        generator: uploads.upload('generator', draws.generator, progress, { real: real.generator }),
      },
      rates: this.rates(turns, progress),
      emaDecays: this.emas.nextDecays(imagesSeen),
      pairs: pairs && this.regression!.upload(pairs),
    }));
    tf.dispose(made ?? []);
    // The one time in a step that the host waits for the device.
    const values = await sums.data();
    sums.dispose();
    return this.losses.stats(turns, values);
  }

  private turns(progress: Progress): readonly PhaseName[] {
    const { method, options } = this;
    if (progress.imagesSeen < options.fakeScoreFirstKimg * 1000) return ['fakeScore'];
    return method.turns?.(progress, options) ?? PHASES;
  }

  /** The update for an order of phases; an engine that can replay compiles it once. */
  private update(turns: readonly PhaseName[]): Update {
    const key = turns.join();
    const compiled =
      this.updates.get(key) ??
      this.uploads.microBatches.compileTurns((inputs: IterationInputs) => this.iterate(turns, inputs));
    this.updates.set(key, compiled);
    return compiled;
  }

  /** One iteration: an update of each network whose turn it is, then of the averaged weights. */
  private *iterate(turns: readonly PhaseName[], { uploads, rates, emaDecays, pairs }: IterationInputs): Turns<Sums> {
    const { method, student, emas, losses, optimizers } = this;
    student.module.eval();
    // Images of the generator's phase have to be made before its update.
    const beforeUpdate = method.fakeScoreImages === 'generator' && turns.includes('fakeScore');
    const fakes = beforeUpdate ? uploads.fakeScore.map((each) => losses.fakes(each)) : undefined;
    const computed: LossAndGrads<Sums>[] = [];
    for (const name of turns) {
      const given = { fakes, pairs };
      const lossAndGrads = yield* losses.compute(name, optimizers[name].parameters, uploads[name], given);
      const { grads, absent, aux } = lossAndGrads;
      this.uploads.microBatches.update(name, { grads, aux, rates: rates[name] }, (inputs) => {
        optimizers[name].update(inputs.grads, inputs.rates, absent);
        losses.assignBuffers(inputs.aux);
      });
      computed.push(lossAndGrads);
      if (!this.uploads.microBatches.isWhole) yield;
    }
    this.uploads.microBatches.update('emas', { emaDecays }, (inputs) => emas.update(student, inputs.emaDecays));
    const sums = tf.concat1d(computed.map(({ aux }) => aux.sums));
    computed.forEach(disposeLossAndGrads);
    return { sums };
  }

  /**
   * The loss of a phase over a batch, its gradients, and the sums of its terms and measures. For comparisons with other
   * implementations; {@link ScoreDistillation.step} does all of an iteration.
   *
   * @param uploaded one entry per micro-batch
   */
  gradients(name: PhaseName, uploaded: readonly Uploaded[]): LossAndGrads<Sums> {
    return atOnce(this.losses.compute(name, this.optimizers[name].parameters, uploaded));
  }

  private optimizer(
    name: PhaseName,
    { module }: DenoiserNetwork | TrainableGenerator,
    further: Record<string, TrainedModule<O>>,
  ): PhaseOptimizer<O> {
    const { lr, glr, gBeta1 } = this.options;
    const epsilon = this.fakeScore.useFp16 ? this.method.halfPrecisionEpsilon : undefined;
    const defaults = {
      fakeScore: { learningRate: lr, adam: { beta1: 0, beta2: 0.999, epsilon } },
      generator: { learningRate: glr, adam: { beta1: gBeta1, beta2: 0.999, epsilon } },
    };
    return new PhaseOptimizer(this.method[name], module, further, this.options, defaults[name]);
  }

  /** Rates of the optimizers whose turn it is; the others do not count a step. */
  private rates(turns: readonly PhaseName[], progress: Progress): Record<PhaseName, AdamRates[]> {
    const rates = (name: PhaseName) => (turns.includes(name) ? this.optimizers[name].nextRates(progress) : []);
    return { fakeScore: rates('fakeScore'), generator: rates('generator') };
  }

  async state(): Promise<TaskState> {
    const { fakeScore, generator } = this.optimizers;
    const [fakeScoreState, generatorState] = [await fakeScore.stateDicts(), await generator.stateDicts()];
    const modules = Object.entries(this.networks.modules).map(async ([name, module]) => [
      name,
      await module.stateDict(),
    ]);
    const tensors = joinParts({
      fake_score: await this.fakeScore.module.stateDict(),
      G: await this.student.module.stateDict(),
      ...(await this.emas.stateDicts('G_ema')),
      fake_score_optimizer: fakeScoreState.network,
      g_optimizer: generatorState.network,
      modules: joinParts(Object.fromEntries(await Promise.all(modules)) as Record<string, never>),
      module_optimizers: { ...fakeScoreState.modules, ...generatorState.modules },
    });
    const { reals, regression } = this;
    const values = {
      method: this.method.name,
      random: this.random.state(),
      emas: this.emas.state(),
      ...(reals !== undefined && { data: reals.state() }),
      ...(regression !== undefined && { regression: regression.state() }),
    };
    return { tensors, values };
  }

  async restore(state: TaskState): Promise<void> {
    await restoreWhole({ state: () => this.state(), load: (from) => this.load(from) }, state);
  }

  private load({ tensors, values }: TaskState): void {
    const { name } = this.method;
    if (values.method !== name) {
      throw new Error(
        `This training state was saved by ${String(values.method)}, not ${name}: resume a run with the method that trained it.`,
      );
    }
    this.fakeScore.module.loadStateDict(takePart(tensors, 'fake_score'));
    this.student.module.loadStateDict(takePart(tensors, 'G'));
    this.emas.restore(tensors, 'G_ema', values.emas);
    const modules = takePart(tensors, 'module_optimizers');
    this.optimizers.fakeScore.loadStateDicts({ network: takePart(tensors, 'fake_score_optimizer'), modules });
    this.optimizers.generator.loadStateDicts({ network: takePart(tensors, 'g_optimizer'), modules });
    for (const [name, module] of Object.entries(this.networks.modules)) {
      module.loadStateDict(takePart(takePart(tensors, 'modules'), name));
    }
    this.random.restore(values.random as Record<string, RngState>);
    this.reals?.restore(values.data);
    // A run may start from the state of one that had no pairs.
    if (values.regression !== undefined) this.regression?.restore(values.regression);
  }

  async snapshot(): Promise<NetworkSnapshot> {
    return this.emas.snapshot((generator) => this.save(generator));
  }

  furtherSnapshots(): AsyncIterable<NamedSnapshot> {
    return this.emas.furtherSnapshots((generator) => this.save(generator));
  }

  private async save(generator: TrainableGenerator): Promise<NetworkSnapshot> {
    const { name, record } = this.method;
    const own = { ...recordGuidance(this.options), ...record?.(this.options) };
    const settings = describeGenerator(generator.settings, { method: name, ...own });
    const contents = { tensors: await generator.module.stateDict(), metadata: networkMetadata(settings) };
    return describeLabels(contents, generator, this.labels);
  }

  async isAlive(): Promise<boolean> {
    const { student, generator, fakeScore } = this;
    return (
      (await isGeneratorAlive(student)) && (await isGeneratorAlive(generator)) && (await isDenoiserAlive(fakeScore))
    );
  }

  dispose(): void {
    for (const { module } of [this.student, this.fakeScore]) module.dispose();
    this.emas.dispose();
    for (const module of Object.values(this.networks.modules)) module.dispose();
    this.optimizers.fakeScore.dispose();
    this.optimizers.generator.dispose();
  }
}
