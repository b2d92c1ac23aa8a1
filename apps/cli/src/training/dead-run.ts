import { dirname } from 'node:path';
import type { DeadRunError } from '@onestep/diffusion-core/node';

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
