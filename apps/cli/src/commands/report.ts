import { Command } from 'commander';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { interruptedExitCode, withInterrupt } from '../interrupt.js';
import { describeRuns, isRunning } from '../runs/describe-run.js';
import { findRun, findRuns } from '../runs/find-runs.js';
import { renderRuns } from '../runs/runs-report.js';
import { writeNote } from '../terminal/output-mode.js';
import { UserError } from '../user-error.js';
import { followFolders } from '../watch/follow-run.js';

/** `onestep report` */
export function reportCommand(): Command {
  return new Command('report')
    .description('write one page about several runs: curves side by side, options that differ, newest pictures')
    .argument('<run...>', 'folders of runs, or a folder of runs for all of them; latest is the newest')
    .option('--out <file>', 'the page', 'report.html')
    .option('--watch', 'rewrite the page as the runs go on, until none is running; an open page reloads itself')
    .addHelpText(
      'after',
      '\nExamples:\n  onestep report runs\n  onestep report runs/00001-sid-cond-batch64 runs/latest --out two.html\n' +
        '  onestep report runs --watch',
    )
    .action(async (paths: string[], { out, watch = false }: { out: string; watch?: boolean }) => {
      const { runs, isLive, problems } = await writeReport(paths, out, watch);
      console.log(`${out}: ${runs.length} ${runs.length === 1 ? 'run' : 'runs'}`);
      problems.forEach(writeNote);
      if (watch && !isLive) writeNote('No run is running: the page stays as it is.');
      if (isLive) await keepWritten(paths, out);
    });
}

/** Rewrites a report as its runs go on, until none is running or Ctrl-C: then for the last time, without reloading. */
async function keepWritten(paths: readonly string[], out: string): Promise<void> {
  writeNote(`Open ${out} in a browser: it reloads itself while a run is running. Ctrl-C ends.`);
  await withInterrupt(async (signal) => {
    const write = async () => {
      const { runs, isLive } = await writeReport(paths, out, true);
      return isLive ? [...new Set([...runs, ...(await foldersOfRuns(paths))])] : [];
    };
    await followFolders(write, signal);
    if (!signal.aborted) return;
    await writeReport(paths, out, false);
    process.exitCode = interruptedExitCode(signal);
  });
}

/** @param reloads whether the page reloads itself while a run is running */
async function writeReport(paths: readonly string[], out: string, reloads: boolean) {
  const runs = [...new Set((await Promise.all(paths.map(runsOf))).flat())];
  if (runs.length === 0) throw new UserError(`There are no runs in ${paths.join(' or ')}.`);
  // Before the page is written, so that the last one has the end of every run.
  const isLive = reloads && (await Promise.all(runs.map(isRunning))).includes(true);
  const described = await describeRuns(runs);
  await writeFileAtomically(out, await renderRuns(described, { reloads: isLive }));
  return { runs, isLive, problems: described.flatMap(({ problem }) => problem ?? []) };
}

/** The runs that a name stands for. */
async function runsOf(path: string): Promise<string[]> {
  return isLatest(path) ? [await findRun(path)] : findRuns(path);
}

/** The folders where runs may be added. */
async function foldersOfRuns(paths: readonly string[]): Promise<string[]> {
  const folders = paths.filter((path) => !isLatest(path));
  const runs = await Promise.all(folders.map(findRuns));
  return folders.filter((path, i) => !runs[i]!.includes(path));
}

const isLatest = (path: string): boolean => /(^|[\\/])latest$/.test(path);
