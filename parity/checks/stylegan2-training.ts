import * as tf from '@tensorflow/tfjs-core';
import { toFloat32, type StateDict } from '@onestep/checkpoint';
import { takePart } from '@onestep/diffusion-core';
import {
  AdaptiveAugmentation,
  DiscriminatorNetwork,
  discriminatorSettings,
  GanTrainingTask,
  GeneratorNetwork,
  generatorSettings,
  PHASE_VALUES,
  type GanTrainingOptions,
  type PhaseName,
} from '@onestep/stylegan2';
import { tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { relativeError, withPrefix } from '../fixture-tensors.js';
import { compareGradients } from './stylegan2-comparisons.js';
import { FixtureDraws } from './stylegan2-training-draws.js';

/** Allowed relative errors, from the README of the fixtures. */
const TOLERANCES = { value: 1e-5, norm: 5e-5, change: 2e-4, changeTensor: 1e-3, mappingChange: 1e-2 };

/** Names of a phase's numbers in the files. */
const FIXTURE_NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  G: { loss: 'loss', fake: 'logits_fake', reg: 'reg', penalty: 'pl_penalty' },
  D: { loss: 'loss', fake: 'logits_fake', real: 'logits_real', reg: 'reg', penalty: 'r1_penalty' },
};

/** Arguments of the published training loop, as a file states them. */
interface Loop {
  batch_size: number;
  batch_gpu: number;
  G_opt_kwargs: { lr: number; betas: [number, number] };
  D_opt_kwargs: { lr: number };
  G_reg_interval: number;
  D_reg_interval: number;
  ema_kimg: number;
  ema_rampup: number | null;
  augment_p?: number;
  ada_target?: number;
  ada_interval?: number;
  ada_kimg?: number;
}

/** Arguments of the published loss. */
interface Loss {
  r1_gamma: number;
  pl_weight?: number;
  pl_decay?: number;
  style_mixing_prob?: number;
}

/** Iterations of the published training loop of StyleGAN2. */
export const stylegan2Training: Check = {
  name: 'stylegan2-training',
  recognizes: ({ metadata }) => metadata.draws_of !== undefined && metadata.G_kwargs !== undefined,
  compare,
};

async function compare(file: FixtureFile): Promise<Comparison[]> {
  const observed = createTraining(file);
  const comparisons: Comparison[] = [];
  for (let iteration = 0; iteration < observed.iterations; iteration++) {
    comparisons.push(...compareAugmentP(file, `iter${iteration}.augment_p`, observed.task));
    comparisons.push(...(await compareIteration(file, observed, iteration)));
  }
  comparisons.push(...compareAugmentP(file, 'after.augment_p', observed.task));
  observed.task.dispose();
  // Again, without a look inside: so an engine replays what it can.
  const { task, start, iterations, given } = createTraining(file);
  for (let iteration = 0; iteration < iterations; iteration++) await task.stepWith(...given(iteration));
  const { tensors } = await task.state();
  task.dispose();
  for (const part of ['G', 'D', 'G_ema'] as const) {
    const after = withPrefix(file.tensors, `after.${part}.`);
    comparisons.push(...compareChanges(part, takePart(tensors, part), after, start[part]));
  }
  return comparisons;
}

/** The training that a file describes, at its start. */
function createTraining(file: FixtureFile) {
  const entry = <T>(name: string) => JSON.parse(file.metadata[name]!) as T;
  const generator = new GeneratorNetwork(generatorSettings(entry('G_kwargs')), null);
  const discriminator = new DiscriminatorNetwork(discriminatorSettings(entry('D_kwargs')), null);
  const [G, D, own] = ['G', 'D', 'G_ema'].map((part) => withPrefix(file.tensors, `init.${part}.`));
  // An average without weights of its own starts as the generator.
  const start = { G: G!, D: D!, G_ema: Object.keys(own!).length > 0 ? own! : G! };
  generator.loadStateDict(start.G);
  discriminator.loadStateDict(start.D);
  const average = generator.clone();
  average.loadStateDict(start.G_ema);
  const options = readOptions(file);
  const augmentation = readAugmentation(file, generator);
  const draws = new FixtureDraws(file, {
    zDim: generator.settings.zDim,
    numWs: generator.mapping.numWs,
    labelDim: generator.settings.labelDim,
    noiseLayers: generator.synthesis.noiseResolutions.length,
    styleMixingProb: options.styleMixingProb,
    plBatchShrink: 2,
    augmentation,
  });
  const batches = { next: () => Promise.reject(new Error('Batches are given.')), state: () => null, restore: () => {} };
  const task = new GanTrainingTask({ generator, discriminator, average, batches, augmentation, options });
  const given = (iteration: number) =>
    [iteration * options.batch, draws.iteration(iteration), draws.batch(iteration)] as const;
  return { task, start, iterations: entry<number>('iterations'), given };
}

function readAugmentation(file: FixtureFile, { settings }: GeneratorNetwork): AdaptiveAugmentation | null {
  const augment = JSON.parse(file.metadata.augment!) as Record<string, number> | null;
  if (augment === null) return null;
  const { class_name: _, ...multipliers } = augment;
  return new AdaptiveAugmentation(multipliers, { size: settings.imgResolution, channels: settings.imgChannels });
}

/** Compares what each phase of an iteration computes. */
async function compareIteration(
  file: FixtureFile,
  { task, given }: ReturnType<typeof createTraining>,
  iteration: number,
): Promise<Comparison[]> {
  const observed: { name: PhaseName; grads: tf.Tensor[]; values: tf.Tensor }[] = [];
  const keep = <T extends tf.Tensor>(tensor: T) => tf.keep(tf.clone(tensor));
  await task.stepWith(...given(iteration), (name, grads, values) => {
    observed.push({ name, grads: grads.map(keep), values: keep(values) });
  });
  const comparisons: Comparison[] = [];
  for (const { name, grads, values } of observed) {
    const network = name.startsWith('G') ? task.generator : task.discriminator;
    comparisons.push(...(await comparePhase(file, `iter${iteration}.${name}`, name, network, grads, values)));
    tf.dispose([...grads, values]);
  }
  return comparisons;
}

function readOptions(
  file: FixtureFile,
): Partial<GanTrainingOptions> & Pick<GanTrainingOptions, 'batch' | 'styleMixingProb'> {
  const entry = <T>(name: string) => JSON.parse(file.metadata[name]!) as T;
  const loop = entry<Loop>('loop');
  const loss = entry<Loss>('loss');
  const { lr: glr, betas } = loop.G_opt_kwargs;
  return {
    batch: loop.batch_size,
    batchGpu: loop.batch_gpu,
    glr,
    dlr: loop.D_opt_kwargs.lr,
    beta1: betas[0],
    beta2: betas[1],
    gRegInterval: loop.G_reg_interval,
    dRegInterval: loop.D_reg_interval,
    r1Gamma: loss.r1_gamma,
    plWeight: loss.pl_weight,
    plDecay: loss.pl_decay,
    styleMixingProb: loss.style_mixing_prob ?? 0.9,
    emaHalfLifeKimg: loop.ema_kimg,
    emaRampUpRatio: loop.ema_rampup,
    augmentP: loop.augment_p,
    adaTarget: loop.ada_target,
    adaInterval: loop.ada_interval,
    adaKimg: loop.ada_kimg,
  };
}

function compareAugmentP({ tensors }: FixtureFile, name: string, { ada }: GanTrainingTask): Comparison[] {
  const expected = tensors[name]?.data as Float32Array | undefined;
  if (expected === undefined) return [];
  return [{ quantity: name, error: relativeError([ada.p], expected), tolerance: TOLERANCES.value, group: 'augment p' }];
}

/** Compares what an optimizer got in a phase, and the numbers of each image. */
async function comparePhase(
  file: FixtureFile,
  key: string,
  name: PhaseName,
  network: GeneratorNetwork | DiscriminatorNetwork,
  grads: readonly tf.Tensor[],
  values: tf.Tensor,
): Promise<Comparison[]> {
  const parameters = network.namedParameters();
  const gradients = withPrefix(file.tensors, `${key}.grad.`);
  const hostValues = (await values.data()) as Float32Array;
  const norm = Math.hypot(...(await Promise.all(grads.map(async (grad) => Math.hypot(...(await grad.data()))))));
  const compared =
    Object.keys(gradients).length === 0 ? [] : await compareGradients(`${key} gradient`, parameters, grads, gradients);
  const [rows, width] = values.shape as [number, number];
  const n = width / PHASE_VALUES[name].length;
  const numbers = PHASE_VALUES[name].map((each, i) => {
    const stored = FIXTURE_NAMES[name[0]!]![each]!;
    const expected = Object.entries(file.tensors)
      .filter(([tensor]) => new RegExp(`^${key}\\.\\d+\\.${stored}$`).test(tensor))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, { data }]) => [...(data as Float32Array)]);
    const ofRow = (row: number) => [...hostValues.subarray(row * width + i * n, row * width + (i + 1) * n)];
    return {
      quantity: `${key}.${stored}`,
      error: relativeError(Array.from({ length: rows }, (_, row) => ofRow(row)).flat(), expected),
      tolerance: TOLERANCES.value,
      group: 'losses, logits and penalties',
    };
  });
  const expectedNorm = tensorOf(file, `${key}.grad_norm`).data as Float32Array;
  const norms = {
    quantity: `${key}.grad_norm`,
    error: relativeError([norm], expectedNorm),
    tolerance: TOLERANCES.norm,
    group: 'gradient norms',
  };
  return [...numbers, norms, ...compared];
}

/** Compares trained weights, relative to their change, and buffers. */
function compareChanges(part: string, actual: StateDict, expected: StateDict, start: StateDict): Comparison[] {
  const rows = Object.entries(expected).map(([name, tensor]) => {
    const [before, mine, theirs] = [start[name], actual[name], tensor].map((each) => toFloat32(each!));
    const change = (to: Float32Array) => to.map((value, i) => value - before![i]!);
    return { name, mine: mine!, theirs: theirs!, changes: [change(mine!), change(theirs!)] as const };
  });
  const isMapping = (name: string) => /mapping\.fc\d+/.test(name);
  const compared = rows.map(({ name, mine, theirs, changes }) => {
    const isBuffer = /w_avg$|noise_const$/.test(name);
    const quantity = `${part}.${name} after`;
    if (isBuffer || changes[1].every((value) => value === 0)) {
      return { quantity, error: relativeError(mine, theirs), tolerance: TOLERANCES.value, group: `buffers of ${part}` };
    }
    const tolerance = isMapping(name) ? TOLERANCES.mappingChange : TOLERANCES.changeTensor;
    return { quantity, error: relativeError(...changes), tolerance, group: `weights of ${part} after` };
  });
  const others = rows.filter(({ name }) => !isMapping(name) && !/w_avg$|noise_const$/.test(name));
  const whole = relativeError(
    others.flatMap(({ changes }) => [...changes[0]]),
    others.flatMap(({ changes }) => [...changes[1]]),
  );
  return [
    { quantity: `weights of ${part} after, as a whole`, error: whole, tolerance: TOLERANCES.change },
    ...compared,
  ];
}
