/**
 * CPU milliseconds of the augmentation `bgc` of 32 images of 32x32, next to those of a discriminator:
 * `ONESTEP_THREADS=1 npm run source -- benchmarks/discriminator-augmentation/main.ts`. CPU time, because other work on the machine
 * slows the clock's.
 */
import * as tf from '@tensorflow/tfjs-core';
import { startBackend } from '@onestep/backends';
import { compileStep } from '@onestep/nn';
import { Rng } from '@onestep/random';
import {
  AdaptiveAugmentation,
  augment,
  AUGMENTATION_PRESETS,
  DiscriminatorNetwork,
  uploadAugmentations,
  type AugmentationTensors,
} from '@onestep/stylegan2';

const [BATCH, SIZE, P] = [32, 32, 0.5];
/** Calls that record and compile, and calls of which the fastest counts. */
const [FIRST, MEASURED] = [3, 10];

type Inputs = { x: tf.Tensor4D; tensors: AugmentationTensors };

/** CPU milliseconds of the fastest call. */
async function measure(f: () => unknown): Promise<string> {
  let best = Infinity;
  for (let i = 0; i < FIRST + MEASURED; i++) {
    const begin = process.cpuUsage();
    await f();
    const { user, system } = process.cpuUsage(begin);
    if (i >= FIRST) best = Math.min(best, (user + system) / 1000);
  }
  return best.toFixed(1);
}

/** Measures a function of images, compiled. */
function measureStep(f: (inputs: Inputs) => tf.Tensor, inputs: Inputs): Promise<string> {
  const run = compileStep((inputs: Inputs) => ({ y: f(inputs) }));
  return measure(async () => {
    const { y } = run(inputs);
    await y!.data();
    y!.dispose();
  });
}

await startBackend('ort');
console.log(
  '| channels | draw | augment | augment, and its gradient | discriminator, and its gradient |\n|---|---|---|---|---|',
);
for (const channels of [1, 3]) {
  const rng = new Rng(1);
  const augmentation = new AdaptiveAugmentation(AUGMENTATION_PRESETS.bgc, { size: SIZE, channels });
  const tensors = uploadAugmentations(augmentation.draw(rng, BATCH, P));
  const x = tf.tensor4d(rng.normal(BATCH * SIZE * SIZE * channels), [BATCH, SIZE, SIZE, channels]);
  const discriminator = new DiscriminatorNetwork(
    {
      imgResolution: SIZE,
      imgChannels: channels,
      labelDim: 0,
      architecture: 'resnet',
      channelBase: 2048,
      channelMax: 512,
      convClamp: null,
      mapping: { numLayers: 0, lrMultiplier: 0.01, wAvgBeta: 0.998 },
      mbstdGroupSize: 4,
      mbstdNumChannels: 1,
    },
    rng,
  );
  const gradient = (f: (x: tf.Tensor4D) => tf.Tensor, x: tf.Tensor) =>
    tf.grad((x: tf.Tensor) => tf.sum(f(x as tf.Tensor4D)))(x);
  const times = [
    await measure(() => augmentation.draw(rng, BATCH, P)),
    await measureStep(({ x, tensors }) => augment(x, tensors), { x, tensors }),
    await measureStep(({ x, tensors }) => gradient((x) => tf.square(augment(x, tensors)), x), { x, tensors }),
    await measureStep(({ x }) => gradient((x) => discriminator.discriminate(x), x), { x, tensors }),
  ];
  console.log(`| ${[channels, ...times].join(' | ')} |`);
}
