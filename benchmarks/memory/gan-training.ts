/**
 * Measures the peak of the resident memory and the time of GAN trainings, and compares them with the estimates that are made before
 * the work starts: node --conditions=@onestep/source --import tsx benchmarks/memory/gan-training.ts [words of a name]
 *
 * Times are those of the processor, for a step without regularization, so that other programs matter less.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startBackend } from '@onestep/backends';
import { Rng } from '@onestep/random';
import {
  AdaptiveAugmentation,
  DiscriminatorNetwork,
  ganRecipe,
  ganTrainingCost,
  GanTrainingTask,
  GeneratorNetwork,
  type BlockArchitecture,
  type GanRecipe,
} from '@onestep/stylegan2';
import { estimateSeconds, estimateTraining, measureSpeed } from 'onestep';

interface Configuration {
  name: string;
  cfg: 'small' | 'auto';
  resolution: number;
  channels: number;
  labelDim?: number;
  batch: number;
  batchGpu?: number;
  aug?: 'ada' | 'noaug';
  hasPaths?: boolean;
  /** Channels of blocks, where they are not the preset's. */
  width?: { channelBase: number; channelMax: number };
  discriminator?: BlockArchitecture;
}

const wide = { channelBase: 2048, channelMax: 128 };
const rgb = { resolution: 32, channels: 3 };
const CONFIGURATIONS: readonly Configuration[] = [
  { name: 'small, gray, labels', cfg: 'small', resolution: 32, channels: 1, labelDim: 10, batch: 32 },
  { name: 'small, gray', cfg: 'small', resolution: 32, channels: 1, batch: 128 },
  { name: 'small', cfg: 'small', ...rgb, batch: 8 },
  { name: 'small', cfg: 'small', ...rgb, batch: 32 },
  { name: 'small, 64x64', cfg: 'small', resolution: 64, channels: 3, batch: 8 },
  { name: 'small, 64x64', cfg: 'small', resolution: 64, channels: 3, batch: 32 },
  { name: 'small, ADA', cfg: 'small', ...rgb, batch: 32, aug: 'ada' },
  { name: 'small, path lengths and mixing', cfg: 'small', ...rgb, batch: 32, hasPaths: true },
  { name: 'small, 32 at once', cfg: 'small', ...rgb, batch: 64, batchGpu: 32 },
  { name: 'four times as wide', cfg: 'small', ...rgb, batch: 16, width: wide },
  {
    name: 'four times as wide, discriminator orig',
    cfg: 'small',
    ...rgb,
    batch: 16,
    width: wide,
    discriminator: 'orig',
  },
  {
    name: 'four times as wide, 64x64, ADA',
    cfg: 'small',
    resolution: 64,
    channels: 3,
    batch: 8,
    width: wide,
    aug: 'ada',
  },
  { name: 'auto, without ADA', cfg: 'auto', ...rgb, batch: 8, aug: 'noaug', hasPaths: true },
];
/** The step without regularization that is timed: the first ones compile. */
const STEPS = 4;

function recipeOf({
  cfg,
  resolution,
  channels,
  labelDim = 0,
  batch,
  batchGpu,
  aug,
  hasPaths,
  width,
  discriminator,
}: Configuration): GanRecipe {
  const recipe = ganRecipe({ cfg, batch, aug }, { resolution, channels, labelDim, processes: 1 });
  const paths = hasPaths === true ? { plWeight: 2, styleMixingProb: 0.9 } : { plWeight: 0 };
  const training = {
    ...recipe.training,
    ...paths,
    ...(batchGpu !== undefined && { batchGpu }),
    ...(aug === 'ada' && { augmentP: 0.3 }),
  };
  return {
    ...recipe,
    training,
    generator: { ...recipe.generator, ...width },
    discriminator: { ...recipe.discriminator, ...width, ...(discriminator && { architecture: discriminator }) },
  };
}

const processorSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Trains some steps. Prints the estimates, and what was measured, as JSON. */
async function work(configuration: Configuration): Promise<void> {
  await startBackend('ort');
  const recipe = recipeOf(configuration);
  const { resolution, channels, labelDim = 0, batch } = configuration;
  const generator = new GeneratorNetwork(recipe.generator, new Rng(1, 'G'));
  const discriminator = new DiscriminatorNetwork(recipe.discriminator, new Rng(1, 'D'));
  const counts = { generator: generator.parameterCount(), discriminator: discriminator.parameterCount() };
  const cost = { ...ganTrainingCost(recipe, counts), batch, batchGpu: recipe.training.batchGpu };
  const images = Uint8Array.from(new Rng(2).integers(batch * resolution ** 2 * channels, 256));
  const labels =
    labelDim === 0 ? null : Float32Array.from({ length: batch * labelDim }, (_, i) => Number(i % labelDim === 0));
  const task = new GanTrainingTask({
    generator,
    discriminator,
    batches: { next: async () => ({ images, labels, count: batch }), state: () => null, restore: () => undefined },
    augmentation: recipe.augmentation && new AdaptiveAugmentation(recipe.augmentation, { size: resolution, channels }),
    options: { ...recipe.training, seed: 1 },
  });
  let seconds = 0;
  for (let i = 0; i < STEPS; i++) {
    const from = processorSeconds();
    await task.step(i * batch);
    seconds = processorSeconds() - from;
  }
  const peak = process.resourceUsage().maxRSS * 1024;
  const [from, started] = [processorSeconds(), performance.now()];
  const measured = await measureSpeed();
  const speed = (measured * ((performance.now() - started) / 1000)) / (processorSeconds() - from);
  const time = estimateSeconds({ ...cost, images: batch, speed });
  console.log(
    JSON.stringify({ memory: [estimateTraining(cost).total / 1e6, peak / 1e6], time: [1000 * time, 1000 * seconds] }),
  );
}

function measure(configuration: Configuration): { memory: [number, number]; time: [number, number] } {
  const args = [
    '--conditions=@onestep/source',
    '--import',
    'tsx',
    fileURLToPath(import.meta.url),
    JSON.stringify(configuration),
  ];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as ReturnType<typeof measure>;
}

const words = process.argv.slice(2);
if (words[0]?.startsWith('{') === true) await work(JSON.parse(words[0]) as Configuration);
else {
  console.log('| configuration | batch | estimated MB | measured MB | error | estimated ms | measured ms | error |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const each of CONFIGURATIONS.filter(({ name }) => words.every((word) => name.includes(word)))) {
    const { memory, time } = measure(each);
    const cells = [memory, time].map(
      ([a, b]) => `${Math.round(a)} | ${Math.round(b)} | ${Math.round(100 * (a / b - 1))} %`,
    );
    console.log(`| ${each.name} | ${each.batch} | ${cells.join(' | ')} |`);
  }
}
