import type { TrainingTask } from '@onestep/diffusion-core';
import { readTrainingState, RunDirectory, type TrainingOptions } from '@onestep/diffusion-core/node';
import type { RunOptions, RunPlace } from './run-options.js';

/** Options that say where a run is, not what it is: they are not recorded with it. */
const NOT_OF_THE_RUN = ['outdir', 'desc', 'nosubdir', 'resume', 'dryRun', 'folder', 'startFrom', 'unrecorded'];
/** Recorded options that may differ when a run is continued. */
const MAY_CHANGE = ['duration', 'snap', 'dump', 'cache', 'workers', 'bench', 'backend'];

/** What {@link openRun} needs. */
export interface OpenRunOptions {
  /** Such as `edm train`. */
  command: string;
  options: RunOptions & RunPlace;
  /** Further entries of training_options.json, which follow from the options. @param path the run's folder */
  details?: (path: string | null) => TrainingOptions;
  /** The folder's name after its number. */
  name: string;
  task: TrainingTask;
}

/**
 * What training_options.json records: the options as they were typed, and what follows from them under the published
 * names.
 */
export function recordedOptions(
  { command, options, details }: Omit<OpenRunOptions, 'name' | 'task'>,
  path: string | null = options.folder,
): TrainingOptions {
  const typed = Object.entries(options).filter(([name]) => !NOT_OF_THE_RUN.includes(name));
  return { command, command_line: Object.fromEntries(typed), ...details?.(path) };
}

/**
 * Opens the run's folder: the one to continue, or a new numbered one, which may begin with another run's state.
 *
 * @throws if that state belongs to another network; no folder is made then
 */
export async function openRun({ name, task, ...recorded }: OpenRunOptions): Promise<RunDirectory> {
  const { options, details } = recorded;
  const state = options.startFrom === null ? null : await readTrainingState(options.startFrom);
  if (state !== null) await task.restore(state.task);
  const args = {
    options: (path: string) => recordedOptions(recorded, path),
    mayChange: [
      ...[...MAY_CHANGE, ...options.unrecorded].map((option) => `command_line.${option}`),
      ...Object.keys(details?.(null) ?? {}),
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
