import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { parseMetric } from '@onestep/metrics';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { startEngine } from '../engine.js';
import { withInterrupt } from '../interrupt.js';
import { openBasis } from '../measuring/comparison-basis.js';
import { metricList } from '../measuring/metric-names.js';
import { networkImages } from '../measuring/network-images.js';
import { jsonOf, reportText } from '../measuring/trial-report.js';
import { runTrials, type TrialResult } from '../measuring/trials.js';
import { boolean, integer } from '../options/parsers.js';
import { addTrialOptions, type TrialOptions } from '../options/trial-options.js';
import { UserError } from '../user-error.js';

interface EvalOptions extends TrialOptions {
  network: string;
  data?: string;
  dataStat?: string;
  metrics: string[];
  cond?: boolean;
  outdir: string;
  seed: number;
}

/** `onestep metrics eval`: as the published sid_metrics.py, ten trials of each metric. */
export function metricsEvalCommand(): Command {
  const command = new Command('eval')
    .description('metrics of a generator over ten trials: mean and deviation, a text file for each trial')
    .requiredOption('--network <source>', 'the generator, or a diffusion model: a file, its URL, or a published name')
    .option('--data <path>', 'the real images: a data set (ZIP or folder), or an .npz with arr_0')
    .option('--data-stat <source>', 'reference statistics, in place of those of --data; or an .npz with arr_0')
    .option('--metrics <list>', 'such as fid50k_full,is50k,kid50k_full,pr50k3_full', metricList, ['fid50k_full'])
    .option('--cond <bool>', 'must agree with the network (default: whatever it is)', boolean)
    .option('--outdir <folder>', 'where the text files and metrics.jsonl go', 'out_metrics')
    .option('--trials <n>', 'each with the seeds that follow', integer({ min: 1 }), 10)
    .option('--seed <n>', 'of the first image', integer(), 0);
  return addTrialOptions(command).action(async (options: EvalOptions) => {
    const metrics = options.metrics.map(parseMetric);
    if (metrics.length === 0) throw new UserError('--metrics none leaves nothing to do.', 2);
    await startEngine(options.backend);
    await withInterrupt(async (signal) => {
      const source = await networkImages(options.network, options, signal);
      if (options.cond !== undefined && options.cond !== source.labelDim > 0) {
        throw new UserError(
          `--cond ${Number(options.cond)}: ${options.network} is ${source.labelDim > 0 ? '' : 'un'}conditional.`,
        );
      }
      const basis = await openBasis({ ...options, statistics: options.dataStat }, source.format, metrics);
      const trialArgs = {
        ...(await basis(signal)),
        source,
        metrics,
        trials: options.trials,
        firstSeed: options.seed,
      };
      await mkdir(options.outdir, { recursive: true });
      const results: TrialResult[] = [];
      for await (const result of runTrials(trialArgs)) {
        results.push(result);
        await writeTrial(options, result, results);
        if (options.json) console.log(JSON.stringify(jsonOf(result)));
      }
      if (!options.json) console.log(reportText(results, options.trials));
    });
  });
}

/** `{metric}{number in the network's name}_{trial}.txt`, and everything so far in metrics.jsonl. */
async function writeTrial(
  { outdir, network }: EvalOptions,
  { metric, trial, values }: TrialResult,
  all: readonly TrialResult[],
): Promise<void> {
  const kimg = basename(network).match(/\d+/g)?.at(-1) ?? '';
  const text = Object.values(values).join('\n');
  await writeFileAtomically(join(outdir, `${metric}${kimg}_${trial}.txt`), `${text}\n`);
  const lines = all.map((result) => `${JSON.stringify(jsonOf(result))}\n`);
  await writeFileAtomically(join(outdir, 'metrics.jsonl'), lines.join(''));
}
