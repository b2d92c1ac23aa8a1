import { Command } from 'commander';
import { describeRuns } from '../runs/describe-run.js';
import { findRuns } from '../runs/find-runs.js';
import { runsTable } from '../runs/runs-table.js';
import { writeNote } from '../terminal/output-mode.js';
import { columnsOf } from '../terminal/text-width.js';

/** `onestep runs` */
export function runsCommand(): Command {
  return new Command('runs')
    .description('list the runs in a folder: what they are, how far they are, their last FID, state and size')
    .argument('[folder]', 'the --outdir of trainings', 'runs')
    .option('--json', 'print one line of JSON per run')
    .addHelpText('after', '\nExamples:\n  onestep runs\n  onestep runs /data/runs --json')
    .action(async (folder: string, { json = false }: { json?: boolean }) => {
      const runs = await describeRuns(await findRuns(folder));
      if (json) for (const run of runs) console.log(JSON.stringify(run));
      else
        console.log(runs.length === 0 ? `There are no runs in ${folder}.` : runsTable(runs, columnsOf(process.stdout)));
      for (const { problem } of runs) if (problem !== null) writeNote(problem);
    });
}
