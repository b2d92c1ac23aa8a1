import { Command } from 'commander';
import { openDataset } from '@onestep/datasets';
import type { ImageBatch } from '@onestep/metrics';
import { startEngine } from '../engine.js';
import { withInterrupt } from '../interrupt.js';
import { datasetImages } from '../measuring/dataset-images.js';
import { evaluationsOf } from '../measuring/evaluations.js';
import { studentImages, teacherImages } from '../measuring/generated-images.js';
import { assertMeasurable, loadMeasurement, MIN_IMAGES } from '../measuring/measurement.js';
import { generatorOf, openNetwork } from '../networks/load-network.js';
import { backendOption, type BackendOption } from '../options/backend-option.js';
import { integer, number } from '../options/parsers.js';
import { formatNumber } from '../terminal/format.js';
import { withProgress } from '../terminal/progress.js';
import { UserError } from '../user-error.js';

interface CalcOptions extends BackendOption {
  images?: string;
  network?: string;
  ref?: string;
  num: number;
  seed: number;
  steps: number;
  initSigma?: number;
  guidance?: number;
  json?: boolean;
}

/** Images on their way to the detector, and how they came about. */
interface Source {
  images: AsyncIterable<ImageBatch>;
  format: { imgResolution: number; imgChannels: number };
  description: string;
}

/** `onestep metrics calc` */
export function metricsCalcCommand(): Command {
  return new Command('calc')
    .description('FID and IS of a ZIP of images, or of what a network generates')
    .option('--images <zip>', 'the images')
    .option(
      '--network <source>',
      'a network to make them with (a file, URL or published name): a diffusion model or a one-step generator',
    )
    .option('--steps <n>', 'sampler steps of a diffusion model (2n - 1 network evaluations)', integer({ min: 1 }), 18)
    .option(
      '--init-sigma <sigma>',
      "noise level of a one-step generator's input (default: what its file says; published .pkl files do not)",
      number({ above: 0 }),
    )
    .option(
      '--guidance <w>',
      'scale of guidance, for a generator that takes it (default: the middle of its range)',
      number(),
    )
    .option('--ref <file>', 'reference statistics (default: Fashion-MNIST, which comes with the program)')
    .option('--num <n>', 'number of images', integer({ min: MIN_IMAGES }), 50_000)
    .option('--seed <n>', 'of the choice among more images than that', integer(), 0)
    .option('--json', 'print one line of JSON')
    .addOption(backendOption())
    .action(async (options: CalcOptions) => {
      if ((options.images === undefined) === (options.network === undefined)) {
        throw new UserError('Say what to measure: either --images ZIP or --network FILE.', 2);
      }
      await startEngine(options.backend);
      const measurement = await loadMeasurement(options.ref);
      const started = performance.now();
      const evaluation = await withInterrupt(async (signal) => {
        const { images, format, description } = await openSource(options, signal);
        assertMeasurable(measurement, format);
        const result = await withProgress('images', (progress) =>
          measurement.evaluate(images, (done) => progress.update(done, options.num)),
        );
        return { ...result, images: description };
      });
      const seconds = (performance.now() - started) / 1000;
      if (options.json) {
        console.log(JSON.stringify({ ...evaluation, seconds }));
        return;
      }
      console.log(`FID        ${formatNumber(evaluation.fid)}`);
      console.log(`IS         ${formatNumber(evaluation.isMean)} +- ${formatNumber(evaluation.isStd)}`);
      console.log(`detector   ${evaluation.detector}`);
      console.log(`reference  ${evaluation.reference}`);
      console.log(`images     ${evaluation.numImages}, ${evaluation.images}`);
      console.log(`seconds    ${seconds.toFixed(1)}`);
    });
}

async function openSource(
  { images: zip, network: path, num, seed, steps, initSigma, guidance }: CalcOptions,
  signal: AbortSignal,
): Promise<Source> {
  if (zip !== undefined) {
    const dataset = await openDataset(zip, { useLabels: false, maxSize: num, randomSeed: seed });
    if (dataset.length < num) {
      throw new UserError(
        `${zip} has ${dataset.length} images, and --num asks for ${num}: give --num ${dataset.length}.`,
      );
    }
    const format = { imgResolution: dataset.resolution, imgChannels: dataset.channels };
    return { images: datasetImages(dataset, signal), format, description: `from ${zip}` };
  }
  const loaded = await openNetwork(path!);
  const generator = generatorOf(loaded, { initSigma, guidance });
  if (generator === null) {
    const { network } = loaded;
    const images = teacherImages(network, num, { steps }, signal);
    return { images, format: network, description: `by ${path}, ${evaluationsOf(steps)} network evaluations each` };
  }
  const images = studentImages(generator, num, signal);
  return { images, format: generator, description: `by ${path}, 1 network evaluation each` };
}
