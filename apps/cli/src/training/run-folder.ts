import { findNonFinite } from '@onestep/checkpoint';
import { onFirstRank, type TrainingTask } from '@onestep/diffusion-core';
import {
  FollowedRun,
  readTrainingOptions,
  readTrainingState,
  RunDirectory,
  type TrainingOptions,
  type TrainingRun,
} from '@onestep/diffusion-core/node';
import { theCommunicator } from '../processes/communicator.js';
import { UserError } from '../user-error.js';
import type { FileDigests } from './run-files.js';
import type { RunOptions, RunPlace } from './run-options.js';

/** Options about where a run is. They are not recorded with it. */
const NOT_OF_THE_RUN = ['outdir', 'desc', 'nosubdir', 'resume', 'dryRun', 'folder', 'startFrom', 'begun', 'unrecorded'];
/** Recorded options that may change when a run is resumed. */
const MAY_CHANGE = [
  'batchGpu',
  'duration',
  'kimg',
  'tick',
  'snap',
  'dump',
  'metrics',
  'metricsOptional',
  'cache',
  'workers',
  'bench',
  'backend',
  'onNan',
  'nanPatience',
  'pictures',
  'tensorboard',
];
/** Options that say how metrics are measured. They may be added to a run that has measured nothing so far. */
const OF_METRICS = ['dataStat', 'detector', 'resize', 'encoder', 'refMadeBy'];

/** Arguments of {@link openRun}. */
export interface OpenRunOptions {
  /** Name of the command, such as `edm train`. */
  command: string;
  options: RunOptions & RunPlace;
  /** Digests of the files that options name, from `identifyFiles`. */
  digests: FileDigests;
  /**
   * Builds further entries of training_options.json, which follow from the options.
   *
   * @param path the run's folder
   */
  details?: (path: string | null) => TrainingOptions;
  /** Name of the folder, after its number. */
  name: string;
  task: TrainingTask;
}

/**
 * Builds the contents of training_options.json: the options as they were typed, and the entries that follow from them
 * under the published names.
 *
 * @param path the run's folder
 */
export function recordedOptions(
  { command, options, digests, details }: Omit<OpenRunOptions, 'name' | 'task'>,
  path: string | null = options.folder,
): TrainingOptions {
  const typed = Object.entries(options).filter(([name]) => !NOT_OF_THE_RUN.includes(name));
  return { command, command_line: Object.fromEntries(typed), digests, ...details?.(path) };
}

/**
 * Opens the run's folder: the one to resume, or a new numbered one, which may start from another run's state. Of processes that
 * share the run, process 0 does.
 *
 * @throws if that state belongs to another network (no folder is created then), or the folder cannot be used
 */
export async function openRun(args: OpenRunOptions): Promise<TrainingRun> {
  let run: RunDirectory | undefined;
  const path = await onFirstRank(theCommunicator(), async () => {
    run = await openHere(args);
    return run.path;
  });
  return run ?? new FollowedRun(path);
}

async function openHere({ name, task, ...recorded }: OpenRunOptions): Promise<RunDirectory> {
  const { options, details } = recorded;
  const state = options.startFrom === null ? null : await readTrainingState(options.startFrom);
  if (state !== null) {
    await task.restore(state.task);
    const isAlive = findNonFinite(state.task.tensors, { infinity: false }) === undefined;
    if (!isAlive || (await task.isAlive?.()) === false) {
      throw new UserError(
        `The networks of ${options.startFrom} return NaN. Pass an earlier training state with --resume.`,
      );
    }
  }
  const addable = (await hasMetrics(options.folder)) ? [] : OF_METRICS;
  const args = {
    options: (path: string) => recordedOptions(recorded, path),
    mayChange: [
      ...[...MAY_CHANGE, ...addable, ...options.unrecorded].map((option) => `command_line.${option}`),
      ...Object.keys(details?.(null) ?? {}).filter((name) => !(name in recorded.digests)),
    ],
  };
  const run =
    options.folder !== null
      ? await RunDirectory.open({ ...args, path: options.folder })
      : await RunDirectory.create({
          ...args,
          outdir: options.outdir!,
          desc: options.desc === undefined ? name : `${name}-${options.desc}`,
        });
  try {
    if (state !== null) await run.adopt(state);
  } catch (error) {
    run.close();
    throw error;
  }
  return run;
}

/** Whether the run in a folder has measured its snapshots. */
async function hasMetrics(folder: string | null): Promise<boolean> {
  const recorded = folder === null ? null : await readTrainingOptions(folder);
  const { metrics } = (recorded?.command_line ?? {}) as { metrics?: readonly string[] };
  return (metrics ?? []).length > 0;
}
