import type { Command } from 'commander';
import { UserError } from '../user-error.js';
import { theCommunicator } from './communicator.js';

/** Commands whose work several processes can share, by their names after `onestep`. */
export const SHARED = [
  'distill',
  'edm train',
  'gan train',
  'generate',
  'edm generate',
  'edm pairs',
  'metrics ref',
  'metrics calc',
  'metrics eval',
  'compare',
];

/**
 * Refuses a command that cannot be shared, where a launcher has started several processes: each would write the same files.
 *
 * @throws UserError saying how to start it
 */
export function checkIsShared(command: Command): void {
  const names: string[] = [];
  for (let each = command; each.parent !== null; each = each.parent) names.unshift(each.name());
  const name = names.join(' ');
  if (SHARED.some((shared) => name === shared || name.startsWith(`${shared} `))) return;
  const { size } = theCommunicator();
  if (size === 1) return;
  throw new UserError(
    `onestep ${name} does its work in one process, and this is one of ${size}: start it without mpirun, mpiexec or srun.`,
    2,
  );
}
