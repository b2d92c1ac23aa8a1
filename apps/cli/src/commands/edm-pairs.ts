import { Command, Option } from 'commander';
import { estimateSeconds, measureSpeed, type Teacher } from 'onestep';
import {
  countEvaluations,
  guidedEvaluations,
  onFirstRank,
  OtherRankError,
  promptLabels,
  settleTrainingLabels,
} from '@onestep/diffusion-core';
import { makePairs, PAIR_DTYPES, planPairs, type PairDtype, type PairPlan } from '@onestep/diffusion-core/node';
import { startEngine } from '../engine.js';
import { reportStopped, withInterrupt } from '../interrupt.js';
import { adviseSampling } from '../memory/advise-sampling.js';
import { settleLabels } from '../networks/label-choice.js';
import { loadTeacherModel } from '../networks/load-network.js';
import { currentPlace } from '../networks/network-source.js';
import { withPrompts } from '../networks/open-prompts.js';
import { supplyText } from '../networks/text-encoder.js';
import { backendOption, type BackendOption } from '../options/backend-option.js';
import {
  addGuidanceOptions,
  openGuidance,
  settleGuidance,
  type GuidanceCommandOptions,
} from '../options/guidance-options.js';
import { addLabelOptions, type LabelOptions, type Typed } from '../options/label-options.js';
import { addNetworkOptions, statedSettings, type NetworkOptions } from '../options/network-options.js';
import { integer, integerList } from '../options/parsers.js';
import { agreeOnFiles } from '../processes/agree-on-files.js';
import { theCommunicator } from '../processes/communicator.js';
import { addPathOptions, pathOptions, type PathOptions } from '../options/path-options.js';
import { formatBytes, formatSpan } from '../terminal/format.js';
import { withProgress } from '../terminal/progress.js';
import { UserError } from '../user-error.js';
import { writeLine, writeNote } from '../terminal/output-mode.js';

interface EdmPairsOptions extends PathOptions, LabelOptions, NetworkOptions, BackendOption, GuidanceCommandOptions {
  network: string;
  outdir: string;
  seeds?: number[];
  num?: number;
  batch?: number;
  dtype: PairDtype;
  shard: number;
  dryRun?: boolean;
  json?: boolean;
}

/** `onestep edm pairs`: makes pairs of noise and the image at the end of a diffusion model's path from it. */
export function edmPairsCommand(): Command {
  const command = new Command('pairs').description(
    'make pairs of noise and the image that a diffusion model makes of it, which "onestep distill kd" learns',
  );
  command
    .requiredOption('--network <source>', 'the diffusion model: a file, its URL, the name of a model, or a run folder')
    .requiredOption('--outdir <folder>', 'where the pairs go; what is missing there is made')
    .option('--num <n>', 'number of pairs, with the seeds from 0 on', integer({ min: 1 }))
    .option('--seeds <list>', 'in place of --num: one seed a pair, such as 0-9999', integerList)
    .addOption(
      new Option('--dtype <type>', 'how the images are stored: as they are, or rounded')
        .choices(Object.keys(PAIR_DTYPES))
        .default('float32'),
    )
    .option('--shard <n>', 'pairs in a file; finished files stay when the work is stopped', integer({ min: 1 }), 500);
  addLabelOptions(command, 'each pair draws one')
    .option('--batch <n>', 'images at a time (default: 1 to 8, by the size of the network)', integer({ min: 1 }))
    .addOption(backendOption())
    .option('-n, --dry-run', 'print the size and the time, and stop')
    .option('--json', 'print JSON');
  return addNetworkOptions(addGuidanceOptions(addPathOptions(command))).action(runEdmPairs);
}

async function runEdmPairs(typed: Typed<EdmPairsOptions>): Promise<void> {
  const options = await withPrompts<EdmPairsOptions>(typed);
  const { num, seeds = num === undefined ? undefined : Array.from({ length: num }, (_, i) => i) } = options;
  if (seeds === undefined || (options.seeds !== undefined && num !== undefined)) {
    throw new UserError('Say how many pairs to make: --num 10000, or which: --seeds 0-9999.', 2);
  }
  const guided = settleGuidance(options);
  const network = await currentPlace(options.network);
  const guidanceNetwork = options.guidanceNetwork && (await currentPlace(options.guidanceNetwork));
  await agreeOnFiles({
    network,
    'guidance-network': guidanceNetwork,
    prompts: typed.prompts,
    'text-encoder': options.textEncoder,
  });
  await startEngine(options.backend);
  const { outdir: folder, dtype, shard } = options;
  const model = await loadTeacherModel(network, { settings: statedSettings(options) });
  await supplyText(model, options, [options.prompt, ...(options.prompts ?? []), guided.negativePrompt]);
  const { notes, class: classIndex, label, prompt, classProbabilities } = settleLabels(options, model);
  const { network: denoiser, batchSize } = model;
  const { guidance, warning: unseen } = (await openGuidance(guided, { guidanceNetwork }, denoiser)) ?? {};
  if (unseen !== undefined) notes.push(unseen);
  const sampler = pathOptions(options);
  const prompted = prompt === undefined ? undefined : promptLabels(denoiser, [prompt].flat());
  const drawnFrom = settleTrainingLabels(denoiser, { labels: prompted, classProbabilities });
  const choice = { classIndex: classIndex as number | undefined, label, drawnFrom };
  const communicator = theCommunicator();
  const wanted = { ...choice, folder, denoiser, name: options.network, seeds, sampler, guidance, dtype, shard };
  const plan = await planPairs(wanted, communicator);
  const { batch = batchSize } = options;
  const warning = adviseSampling(denoiser.cost, batch, (fits) => `--batch ${fits} fits.`);
  for (const note of [...notes, ...(warning === null ? [] : [warning])]) writeNote(note);
  const summary = await onFirstRank(communicator, () =>
    summarizePlan(plan, model, guidedEvaluations(guidance) * countEvaluations(sampler)),
  );
  writeLine(describePlan(summary));
  const printJson = (missingPairs: number) => {
    if (options.json) console.log(JSON.stringify({ ...summary, missingPairs }, null, 2));
  };
  if (options.dryRun) return printJson(summary.missingPairs);
  await withInterrupt(async (signal) => {
    try {
      await withProgress('pairs', (progress) =>
        makePairs(plan, { batch, signal, communicator, onProgress: (done, total) => progress.update(done, total) }),
      );
      writeLine(`${seeds.length} pairs in ${folder}. Learn them: onestep distill kd --pairs ${folder}`);
      printJson(0);
    } catch (error) {
      if (!signal.aborted && !(error instanceof OtherRankError && error.wasStopped)) throw error;
      reportStopped(folder, signal);
    }
  });
}

/** The size and the time of what is to be made. */
interface PlanSummary {
  outdir: string;
  numPairs: number;
  numFiles: number;
  /** Of all files. */
  bytes: number;
  /** What is still to be made: all of it, before the first run. */
  missingPairs: number;
  missingBytes: number;
  freeBytes: number;
  /** Network evaluations per pair. */
  evaluations: number;
  /** How long the missing pairs take by a short measurement; null if the network does not say what it takes. */
  estimatedSeconds: number | null;
}

async function summarizePlan(plan: PairPlan, { network }: Teacher, evaluations: number): Promise<PlanSummary> {
  const { args, index, missing, missingPairs, missingBytes, bytes, freeBytes } = plan;
  const { cost } = network;
  const images = Math.ceil(missingPairs / theCommunicator().size);
  const isKnown = cost !== undefined && missing.length > 0;
  return {
    ...{ outdir: args.folder, numPairs: index.count, numFiles: Math.ceil(index.count / index.shard), bytes },
    ...{ missingPairs, missingBytes, freeBytes, evaluations },
    estimatedSeconds: isKnown
      ? estimateSeconds({ network: cost, images, passes: evaluations, speed: await measureSpeed() })
      : null,
  };
}

/** One line about a plan. */
function describePlan({ numPairs, numFiles, missingPairs, estimatedSeconds, ...plan }: PlanSummary): string {
  const all = `${numPairs} pairs in ${numFiles} files, ${formatBytes(plan.bytes)}`;
  if (missingPairs === 0) return `${all}: all of them are there.`;
  const part =
    missingPairs === numPairs ? '' : `, of which ${missingPairs} are missing (${formatBytes(plan.missingBytes)})`;
  const each = `${plan.evaluations} network evaluations each`;
  const time = estimatedSeconds === null ? '' : `, about ${formatSpan(estimatedSeconds)} in all by a short measurement`;
  return `${all}${part}; ${formatBytes(plan.freeBytes)} are free. ${each}${time}.`;
}
