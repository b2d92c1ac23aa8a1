import { dirname } from 'node:path';
import type { TrainingTask } from '@onestep/diffusion-core';
import type { DeadRunError } from '@onestep/diffusion-core/node';
import { UserError } from '../user-error.js';

/** A learning rate of a run: its option and its value. */
export interface Rate {
  flag: string;
  value: number;
}

/**
 * Says what to do about a run that died.
 *
 * @param command that trains, such as `edm train`
 * @param folder of the run
 * @param rates of the run; a tenth of them is suggested
 */
export function adviseOnDeadRun(
  { message, run }: DeadRunError,
  { command, folder, rates }: { command: string; folder: string; rates: readonly Rate[] },
): string {
  const lower = rates.map(({ flag, value }) => `--${flag} ${Number((value / 10).toPrecision(2))}`).join(' ');
  const next =
    run.state === null
      ? `Start again in another folder with lower rates, such as ${lower}.`
      : `Go on from that state with lower rates: onestep ${command} --resume ${run.state} --outdir ${dirname(folder)} ${lower}`;
  return `${message} ${next} (--on-nan skip goes on without learning, as the published loops do.)`;
}

/**
 * Checks that the networks of a run return numbers before it begins.
 *
 * @param source of their weights, for the message
 * @throws UserError if they return NaN
 */
export async function assertAlive(task: TrainingTask, source: string): Promise<void> {
  if ((await task.isAlive?.()) !== false) return;
  throw new UserError(`The network of ${source} returns NaN: there is nothing to learn from it. Pass another one.`);
}
