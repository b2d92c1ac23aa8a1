/**
 * Trains the color detector of this package on drawn pictures and writes its weights.
 *
 *   node --conditions=@onestep/source --import tsx packages/metrics/scripts/train-color-detector.ts
 */
import { startBackend } from '@onestep/backends';
import { COLOR_DETECTOR } from '@onestep/metrics';
import { COLOR_WEIGHTS_PATH } from '@onestep/metrics/node';
import { Rng } from '@onestep/random';
import { writeSafetensors } from '@onestep/checkpoint/node';
import { ColorCnn } from '../src/color/color-cnn.js';
import { drawPicture } from './color-detector/draw-picture.js';
import { readClothes } from './color-detector/read-clothes.js';
import { accuracies, trainColorCnn } from './color-detector/train-color-cnn.js';
import { readOptions } from './options.js';

const { data, dest, steps, batch, lr, seed } = readOptions({
  data: '/usr/share/datasets/fashion-mnist',
  dest: COLOR_WEIGHTS_PATH,
  steps: 3000,
  batch: 64,
  lr: 2e-3,
  seed: 0,
});

await startBackend('ort');
const network = new ColorCnn(new Rng(seed, 'weights'));
console.log(`${network.parameterCount()} parameters, ${steps} steps of ${batch} pictures, seed ${seed}`);

const start = process.cpuUsage();
const cpuSeconds = () => Math.round((process.cpuUsage(start).user + process.cpuUsage(start).system) / 1e6);
let meanLoss = 0;
await trainColorCnn(network, await readClothes(data, 'train'), {
  steps,
  batchSize: batch,
  learningRate: lr,
  seed,
  onStep: ({ step, loss }) => {
    meanLoss += (loss - meanLoss) / Math.min(step, 100);
    if (step % 100 === 0 || step === steps) {
      console.log(`step ${step} of ${steps}   loss ${meanLoss.toFixed(3)}   ${cpuSeconds()} s of processor time`);
    }
  },
});
const seconds = cpuSeconds();
const clothes = await readClothes(data, 't10k');
const unseen = Array.from({ length: 5000 }, (_, i) => drawPicture(new Rng(seed, `test ${i}`), clothes));
const found = Object.entries(await accuracies(network, unseen)).map(([name, value]) => `${name} ${value.toFixed(3)}`);
console.log(`accuracy over ${unseen.length} unseen pictures: ${found.join(', ')}; ${seconds} s`);

await writeSafetensors(dest, {
  tensors: await network.stateDict(),
  metadata: {
    name: COLOR_DETECTOR,
    data: `${steps * batch} drawn pictures, half of them with clothes of Fashion-MNIST`,
    accuracy: found.join(', '),
    steps: String(steps),
    batch: String(batch),
    learningRate: String(lr),
    seed: String(seed),
    cpuSeconds: String(seconds),
  },
});
console.log(`wrote ${dest}`);
