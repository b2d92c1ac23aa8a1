import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { compareFiles, readTrainingOptions, RunError, type TrainingOptions } from '@onestep/diffusion-core/node';
import { digestOf } from '../files/digest-of.js';
import { networkPath } from '../networks/network-source.js';
import { UserError } from '../user-error.js';
import type { RunPlace } from './run-options.js';
import { writeNote } from '../terminal/output-mode.js';

/** An option that names a file or a folder. */
export interface FileOption {
  /** How it is typed: `--data`. */
  flag: string;
  /** Finds the file of a source: `networkPath` for networks. Left out, the source is a path. */
  find?: (source: string) => Promise<string>;
  /** Name of the file in a folder that identifies it, such as an index. Left out, all files of the folder do. */
  index?: string;
  /** Whether the run can do without the file, once it has a training state. */
  onlyAtStart?: boolean;
}

/** The options of a command that name files, by their names. */
export type FileOptions<T> = { readonly [name in keyof T]?: FileOption };

/** A teacher or another diffusion model. */
export const findTeacher = (source: string): Promise<string> => networkPath(source, 'teacher');

/** Where the digests of {@link identifyFiles} are recorded. */
export type FileDigests = Readonly<Record<string, string>>;

/**
 * Identifies the files that a run is made from by their contents. Paths become absolute, so that the run can be resumed in
 * another working folder; a run folder becomes its snapshot.
 *
 * @param isTyped whether an option was given, and not taken from the run that is resumed
 * @returns the options with their places, and digests by the names under which {@link TrainingOptions} records the options
 * @throws RunError if the run in the folder was started with other contents; UserError if a file of that run is missing
 */
export async function identifyFiles<T extends RunPlace>(
  options: T,
  files: FileOptions<T>,
  isTyped: (name: string) => boolean,
): Promise<{ options: T; digests: FileDigests }> {
  const places: Record<string, string> = {};
  const digests: Record<string, string> = {};
  for (const [name, file] of Object.entries(files) as [keyof T & string, FileOption][]) {
    const source = options[name];
    if (typeof source !== 'string') continue;
    const path = await (file.find?.(source) ?? source);
    if (existsSync(source) || basename(source) === 'latest') places[name] = resolve(path);
    const identity = file.index === undefined ? path : join(path, file.index);
    if (existsSync(identity)) digests[`command_line.${name}`] = await digestOf(identity);
    else if (isAbsolute(source) && !isTyped(name) && file.onlyAtStart !== true) throw missing(source, file.flag);
  }
  const placed = { ...options, ...places };
  await compareWithRun(options, { command_line: placed, digests });
  return { options: placed, digests };
}

function missing(path: string, flag: string): UserError {
  return new UserError(
    `There is no ${path}, with which the run was started. Pass the place where it is now: ${flag} PATH. The run goes on ` +
      'if the contents are the same.',
  );
}

/** A run goes on with the same files only; a new run that starts from its state says what differs. */
async function compareWithRun({ folder, startFrom }: RunPlace, wanted: TrainingOptions): Promise<void> {
  const run = folder ?? (startFrom === null ? null : dirname(startFrom));
  const recorded = run === null ? null : await readTrainingOptions(run);
  if (run === null || recorded === null) return;
  try {
    compareFiles(run, recorded, wanted);
  } catch (error) {
    if (folder !== null || !(error instanceof RunError)) throw error;
    writeNote(`A new run with other files: ${error.message.replace(/ Put the former .*$/, '')}`);
  }
}
