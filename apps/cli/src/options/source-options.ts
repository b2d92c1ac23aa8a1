import type { Command } from 'commander';

/** Adds the options that choose a part of a source of images, and its labels and captions. */
export function addSourceOptions(command: Command): Command {
  return command
    .option('--split <name>', 'part of the source: train, validation, test or all (default: train if it is divided)')
    .option(
      '--labels <name>',
      'which labels to take: fine or coarse for CIFAR-100, a column of a table, none (default: the usual ones)',
    )
    .option(
      '--captions <what>',
      'which captions to take: a file that lists them by image (JSON, JSON lines, CSV, TSV, COCO), a column of a table, the key or ' +
        'ending of files next to the images, none (default: those that are there)',
    );
}

/** Adds what to do to a line about the part of a source that is taken: other commands than these have no --split. */
export function adviseOnSplit(note: string): string {
  return note.startsWith('split ') ? `${note}. Choose with --split, or --split all` : note;
}
