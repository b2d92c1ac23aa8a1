import { dirname } from 'node:path';
import type { Method } from '@onestep/diffusion-core';
import { readTrainingOptions, type TrainingOptions } from '@onestep/diffusion-core/node';
import type { IsOwnRun } from '../training/newest-run.js';
import type { RunPlace } from '../training/run-options.js';
import { UserError } from '../user-error.js';

/** The command under which a method's runs are recorded. A method of a file has the name that the file gives it. */
export const recordedCommand = ({ name }: Method): string => `distill ${name}`;

/**
 * Tells a method's runs from others. A method of a file may have the name of one that comes with the program: then the recorded
 * path of the file makes the difference.
 *
 * @param methodFile path of the method's file, if it does not come with the program
 */
export function runsOf(method: Method, methodFile: string | undefined): IsOwnRun {
  return (recorded) =>
    recorded.command === recordedCommand(method) && isFromFile(recorded) === (methodFile !== undefined);
}

/**
 * Checks that a run that is resumed, or whose training state begins another, is not one of a method that only has the same name.
 *
 * @throws UserError saying with which command the run goes on
 */
export async function checkMethodOfRun(
  { folder, startFrom }: RunPlace,
  method: Method,
  methodFile: string | undefined,
): Promise<void> {
  const run = folder ?? (startFrom === null ? null : dirname(startFrom));
  const recorded = run === null ? null : await readTrainingOptions(run);
  // An earlier version recorded neither digests nor the files of methods.
  if (recorded?.command !== recordedCommand(method) || recorded.digests === undefined) return;
  if (isFromFile(recorded) === (methodFile !== undefined)) return;
  const { name } = method;
  const [there, here, path] = isFromFile(recorded)
    ? [`the file ${String(recorded.method)}`, 'the one that comes with this program', String(recorded.method)]
    : ['this program', `the one of ${methodFile}`, name];
  throw new UserError(
    `${run} holds a run of the method ${name} of ${there}, not of ${here}. Resume it with: ` +
      `onestep distill ${path} --resume ${run}`,
  );
}

function isFromFile({ method }: TrainingOptions): boolean {
  return typeof method === 'string';
}
