import { Command } from 'commander';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { findRun, findRuns } from '../runs/find-runs.js';
import { renderRuns } from '../runs/runs-report.js';
import { UserError } from '../user-error.js';

/** `onestep report` */
export function reportCommand(): Command {
  return new Command('report')
    .description('write one page about several runs: curves side by side, options that differ, newest pictures')
    .argument('<run...>', 'folders of runs, or a folder of runs for all of them; latest is the newest')
    .option('--out <file>', 'the page', 'report.html')
    .addHelpText(
      'after',
      '\nExamples:\n  onestep report runs\n  onestep report runs/00001-sid-cond-batch64 runs/latest --out two.html',
    )
    .action(async (paths: string[], { out }: { out: string }) => {
      const found = await Promise.all(paths.map(runsOf));
      const runs = [...new Set(found.flat())];
      if (runs.length === 0) throw new UserError(`There are no runs in ${paths.join(' or ')}.`);
      await writeFileAtomically(out, await renderRuns(runs));
      console.log(`${out}: ${runs.length} ${runs.length === 1 ? 'run' : 'runs'}`);
    });
}

/** The runs that a name stands for. */
async function runsOf(path: string): Promise<string[]> {
  if (/(^|[\\/])latest$/.test(path)) return [await findRun(path)];
  return findRuns(path);
}
