import type { Command } from 'commander';

/** Adds the options of a data set that is made. */
export function addDestinationOptions(command: Command): Command {
  return command
    .requiredOption('--dest <path>', 'the .zip file or the empty folder to make')
    .option('--overwrite', 'replace the destination if it is a .zip file that exists');
}
