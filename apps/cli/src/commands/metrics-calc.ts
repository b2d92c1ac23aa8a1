import { Command } from 'commander';
import { parseMetric } from '@onestep/metrics';
import { startEngine } from '../engine.js';
import { withInterrupt } from '../interrupt.js';
import { openBasis } from '../measuring/comparison-basis.js';
import { openImages } from '../measuring/image-source.js';
import { MIN_IMAGES } from '../measuring/measurement.js';
import { metricList } from '../measuring/metric-names.js';
import { networkImages } from '../measuring/network-images.js';
import { jsonOf, reportText } from '../measuring/trial-report.js';
import { runTrials, type MeasuredImages, type TrialResult } from '../measuring/trials.js';
import { integer } from '../options/parsers.js';
import { addTrialOptions, type TrialOptions } from '../options/trial-options.js';
import { UserError } from '../user-error.js';

interface CalcOptions extends TrialOptions {
  images?: string;
  network?: string;
  ref?: string;
  data?: string;
  metrics?: string[];
  num: number;
  seed: number;
}

/** `onestep metrics calc`: as the published fid.py calc. */
export function metricsCalcCommand(): Command {
  const command = new Command('calc')
    .description(
      'metrics of images in files, or of what a network generates; FID as in fid.py, and IS, unless told otherwise',
    )
    .option('--images <path>', 'the images: a folder, a ZIP, or an .npz with arr_0')
    .option(
      '--network <source>',
      'a network to make them with (a file, URL or published name): a diffusion model or a one-step generator',
    )
    .option(
      '--ref <source>',
      'reference statistics, .npz or .safetensors (default: Fashion-MNIST, which comes with the program)',
    )
    .option(
      '--data <path>',
      'real images to compare with, in place of --ref or beside it, for KID, precision and recall',
    )
    .option(
      '--metrics <list>',
      'such as fid50k_full,is50k,kid50k_full,pr50k3_full (default: fid{num}_edm,is{num})',
      metricList,
    )
    .option('--num <n>', 'number of images', integer({ min: MIN_IMAGES }), 50_000)
    .option('--seed <n>', 'of the choice among more images than that; of the first generated image', integer(), 0)
    .option(
      '--trials <n>',
      'with --network: so often, each with the seeds that follow; Karras et al. 2022 report the minimum of 3',
      integer({ min: 1 }),
      1,
    );
  return addTrialOptions(command).action(async (options: CalcOptions) => {
    if ((options.images === undefined) === (options.network === undefined)) {
      throw new UserError('Say what to measure: either --images PATH or --network FILE.', 2);
    }
    if (options.images !== undefined && options.trials > 1) {
      throw new UserError('--trials is for generated images: those in files are the same every time.', 2);
    }
    if (options.metrics !== undefined && command.getOptionValueSource('num') === 'cli') {
      throw new UserError('--metrics says how many images in its names: leave --num out.', 2);
    }
    const names = options.metrics ?? [`fid${options.num}_edm`, `is${options.num}`];
    const metrics = names.map(parseMetric);
    if (metrics.length === 0) throw new UserError('--metrics none leaves nothing to do.', 2);
    await startEngine(options.backend);
    await withInterrupt(async (signal) => {
      const source = await openSource(options, Math.max(...metrics.map(({ numImages }) => numImages)), signal);
      const basis = await openBasis({ ...options, statistics: options.ref }, source.format, metrics);
      const trialArgs = { ...(await basis(signal)), source, metrics, trials: options.trials, firstSeed: options.seed };
      const results: TrialResult[] = [];
      for await (const result of runTrials(trialArgs)) {
        if (options.json) console.log(JSON.stringify(jsonOf(result)));
        results.push(result);
      }
      if (!options.json) console.log(reportText(results, options.trials));
    });
  });
}

/** @param num images that will be asked for, at most: that there are so many is checked at once */
async function openSource(options: CalcOptions, num: number, signal: AbortSignal): Promise<MeasuredImages> {
  const { images, network, seed } = options;
  if (images === undefined) return networkImages(network!, options, signal);
  const { format, close } = await openImages(images, { num, seed });
  close();
  return {
    format,
    description: `from ${images}`,
    async *open(count) {
      const source = await openImages(images, { num: count, seed });
      try {
        yield* source.batches(signal);
      } finally {
        source.close();
      }
    },
  };
}
