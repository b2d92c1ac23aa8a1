import { basename, join } from 'node:path';
import { Command } from 'commander';
import { onFirstRank } from '@onestep/diffusion-core';
import { cautionFewImages, parseMetric } from '@onestep/metrics';
import { makeFolder, writeFileAtomically } from '@onestep/checkpoint/node';
import { startEngine } from '../engine.js';
import { openEvaluator } from '../evaluation/evaluator.js';
import { networkImages } from '../evaluation/generated-images.js';
import { runTrials, type TrialResult } from '../evaluation/trials.js';
import { withInterrupt } from '../interrupt.js';
import { currentPlace } from '../networks/network-source.js';
import { metricList } from '../options/metric-list.js';
import { boolean, integer } from '../options/parsers.js';
import { addTrialOptions, type TrialOptions } from '../options/trial-options.js';
import { agreeOnFiles } from '../processes/agree-on-files.js';
import { theCommunicator } from '../processes/communicator.js';
import { jsonLine, trialReport } from '../reports/trial-results.js';
import { UserError } from '../user-error.js';
import { writeNote } from '../terminal/output-mode.js';

interface EvalOptions extends TrialOptions {
  network: string;
  data?: string;
  dataStat?: string;
  metrics: string[];
  cond?: boolean;
  outdir: string;
  seed: number;
}

/** `onestep metrics eval`, as the published sid_metrics.py. */
export function metricsEvalCommand(): Command {
  const command = new Command('eval')
    .description('measure a network over ten trials: mean and deviation, and a text file per trial')
    .requiredOption(
      '--network <source>',
      'a one-step generator or a diffusion model: a file, its URL, or a published name',
    )
    .option('--data <path>', 'real images: a data set (ZIP file or folder), or an .npz with arr_0')
    .option('--data-stat <source>', 'reference statistics, instead of those of --data; or an .npz with arr_0')
    .option('--metrics <list>', 'such as fid50k_full,is50k,kid50k_full,pr50k3_full', metricList, ['fid50k_full'])
    .option('--cond <bool>', 'whether the network is conditional; must agree with its file', boolean)
    .option('--outdir <folder>', 'folder for the text files and metrics.jsonl', 'out_metrics')
    .option('--trials <n>', 'number of trials, each with new seeds', integer({ min: 1 }), 10)
    .option('--seed <n>', 'seed of the first image', integer(), 0);
  return addTrialOptions(command).action(async (given: EvalOptions) => {
    const options = { ...given, network: await currentPlace(given.network) };
    const { network, outdir, cond, trials, seed, json } = options;
    const metrics = options.metrics.map(parseMetric);
    if (metrics.length === 0) throw new UserError('--metrics none leaves nothing to measure.', 2);
    const { data, prompts, textEncoder, detector, encoder } = options;
    await agreeOnFiles({
      network,
      data,
      prompts,
      'text-encoder': textEncoder,
      'data-stat': options.dataStat,
      detector,
      encoder,
    });
    await startEngine(options.backend);
    const communicator = theCommunicator();
    await withInterrupt(async (signal) => {
      const images = await networkImages(network, { ...options, asPublished: true });
      for (const note of images.notes) writeNote(note);
      const isConditional = images.labelDim > 0;
      if (cond !== undefined && cond !== isConditional) {
        throw new UserError(`${network} is ${isConditional ? '' : 'un'}conditional: leave --cond out.`);
      }
      const open = await openEvaluator(
        { ...options, statistics: options.dataStat, communicator },
        images.format,
        metrics,
      );
      const evaluator = await open(signal);
      await onFirstRank(communicator, () => makeFolder(outdir));
      const results: TrialResult[] = [];
      const measured = { images, metrics, evaluator, trials, firstSeed: seed, signal, communicator };
      for await (const result of runTrials(measured)) {
        results.push(result);
        await onFirstRank(communicator, () => writeTrial(options, results));
        if (json) console.log(jsonLine(result));
      }
      const caution = cautionFewImages(metrics, evaluator.extractor, evaluator.reference.statistics);
      for (const remark of [caution, ...evaluator.remarks]) if (remark !== null) writeNote(remark);
      if (!json) console.log(trialReport(results, trials));
    });
  });
}

/** Writes the newest result as `{metric}{number in the network's name}_{trial}.txt`, and all results as metrics.jsonl. */
async function writeTrial({ outdir, network }: EvalOptions, results: readonly TrialResult[]): Promise<void> {
  const { metric, trial, values } = results.at(-1)!;
  const kimg = basename(network).match(/\d+/g)?.at(-1) ?? '';
  const text = Object.values(values).join('\n');
  await writeFileAtomically(join(outdir, `${metric}${kimg}_${trial}.txt`), `${text}\n`);
  await writeFileAtomically(join(outdir, 'metrics.jsonl'), results.map((result) => `${jsonLine(result)}\n`).join(''));
}
