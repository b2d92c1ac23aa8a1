import { Command } from 'commander';
import { cautionFewImages, parseMetric, type Metric } from '@onestep/metrics';
import { startEngine } from '../engine.js';
import { openEvaluator } from '../evaluation/evaluator.js';
import { networkImages } from '../evaluation/generated-images.js';
import { countImages, imagesInFiles } from '../evaluation/image-files.js';
import { MIN_IMAGES, scoreMetrics } from '../evaluation/scores.js';
import { runTrials, type EvaluatedImages, type TrialResult } from '../evaluation/trials.js';
import { withInterrupt } from '../interrupt.js';
import { currentPlace } from '../networks/network-source.js';
import { metricList } from '../options/metric-list.js';
import { checkNoImagesMade } from '../options/image-maker-options.js';
import { integer } from '../options/parsers.js';
import { addTrialOptions, type TrialOptions } from '../options/trial-options.js';
import { agreeOnFiles } from '../processes/agree-on-files.js';
import { theCommunicator } from '../processes/communicator.js';
import { jsonLine, trialReport } from '../reports/trial-results.js';
import { UserError } from '../user-error.js';
import { writeNote } from '../terminal/output-mode.js';

/** Number of images that FID is published over. */
const DEFAULT_NUM = 50_000;

/** Options of this command, by commander's names, that say how a network makes images. */
const OF_NETWORK = ['prompts', 'textEncoder', 'textPooling', 'trunc', 'noiseMode'];

interface CalcOptions extends TrialOptions {
  images?: string;
  network?: string;
  ref?: string;
  data?: string;
  metrics?: string[];
  num?: number;
  seed: number;
}

/** `onestep metrics calc`, as the published fid.py calc. */
export function metricsCalcCommand(): Command {
  const command = new Command('calc')
    .description(
      'measure images in files, or images that a network generates; by default FID as in fid.py, and Inception Score',
    )
    .option(
      '--images <path>',
      'images to measure, of any size: a folder, a ZIP file, an .npz with arr_0, whatever "dataset convert" reads',
    )
    .option(
      '--network <source>',
      'network that generates the images (a file, URL or published name): a diffusion model or a one-step generator',
    )
    .option(
      '--ref <source>',
      'reference statistics: of "metrics ref", EDM, EDM2 (.pkl), pytorch-fid, clean-fid, ADM, torch-fidelity (.pt) (default: ' +
        'Fashion-MNIST, which comes with the program)',
    )
    .option(
      '--data <path>',
      'real images to compare with, instead of --ref or in addition to it, for KID, precision and recall',
    )
    .option(
      '--metrics <list>',
      'such as fid50k_full,is50k,kid50k_full,pr50k3_full (default: fid{num}_edm,is{num})',
      metricList,
    )
    .option('--num <n>', 'number of images (default: 50000; all of --images, if fewer)', integer({ min: MIN_IMAGES }))
    .option('--seed <n>', 'seed of the first generated image, or of the choice among more images', integer(), 0)
    .option(
      '--trials <n>',
      'with --network: number of trials, each with new seeds; Karras et al. 2022 report the minimum of 3',
      integer({ min: 1 }),
      1,
    );
  return addTrialOptions(command).action(async (options: CalcOptions) => {
    const { images, network, seed, trials, json } = options;
    if ((images === undefined) === (network === undefined)) {
      throw new UserError('Pass the images to measure: either --images PATH or --network FILE.', 2);
    }
    if (images !== undefined && options.classProbabilities !== undefined) {
      throw new UserError('--class-probabilities needs --network: images in files have no labels to draw.', 2);
    }
    if (images !== undefined) checkNoImagesMade(command, OF_NETWORK);
    if (images !== undefined && trials > 1) {
      throw new UserError('--trials needs --network: images in files are the same in each trial.', 2);
    }
    if (options.metrics !== undefined && command.getOptionValueSource('num') === 'cli') {
      throw new UserError('Leave --num out: the names in --metrics contain the number of images.', 2);
    }
    const named = options.metrics?.map(parseMetric);
    if (named?.length === 0) throw new UserError('--metrics none leaves nothing to measure.', 2);
    const { ref, data, prompts, textEncoder, detector, encoder } = options;
    await agreeOnFiles({ images, network, ref, data, prompts, 'text-encoder': textEncoder, detector, encoder });
    await startEngine(options.backend);
    const communicator = theCommunicator();
    await withInterrupt(async (signal) => {
      const num = named === undefined ? await numberOf(options) : Math.max(...named.map(({ numImages }) => numImages));
      const source = await openImages(options, num, named);
      for (const note of source.notes ?? []) writeNote(note);
      const scores = scoreMetrics(num);
      const asked = named ?? scores.filter(({ family }) => family.keeps !== 'probabilities');
      const open = await openEvaluator({ ...options, statistics: options.ref, communicator }, source.format, asked);
      const evaluator = await open(signal);
      // Encoders have no class probabilities, and then there is no Inception Score.
      const hasClasses = evaluator.extractor.numClasses > 0;
      const metrics = named ?? scores.filter(({ family }) => hasClasses || family.keeps !== 'probabilities');
      const results: TrialResult[] = [];
      const measured = { images: source, metrics, evaluator, trials, firstSeed: seed, signal, communicator };
      for await (const result of runTrials(measured)) {
        if (json) console.log(jsonLine(result));
        results.push(result);
      }
      const remarks = [
        ...((await source.remarks?.(evaluator.extractor.imgResolution)) ?? []),
        cautionFewImages(metrics, evaluator.extractor, evaluator.reference.statistics),
        ...evaluator.remarks,
      ];
      for (const remark of remarks) if (remark !== null) writeNote(remark);
      if (!json) console.log(trialReport(results, trials));
    });
  });
}

/** Number of images to measure, where no metric's name states it. */
async function numberOf({ images, num }: CalcOptions): Promise<number> {
  if (num !== undefined) return num;
  const count = images === undefined ? DEFAULT_NUM : await countImages(images);
  if (count >= MIN_IMAGES) return Math.min(count, DEFAULT_NUM);
  throw new UserError(`${images} has ${count} images; a measurement needs at least ${MIN_IMAGES}.`);
}

/**
 * @param num largest number of images that a metric needs
 * @param metrics whose names state the number of images, if any
 */
async function openImages(options: CalcOptions, num: number, metrics?: readonly Metric[]): Promise<EvaluatedImages> {
  const { images, network, seed } = options;
  if (images !== undefined) return imagesInFiles(images, { num, seed, metrics, communicator: theCommunicator() });
  return networkImages(await currentPlace(network!), options);
}
