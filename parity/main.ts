import { dirname, extname, join, sep } from 'node:path';
import { BackendError, startBackend } from '@onestep/backends';
import { beyondTolerance, type FixtureFile } from './check.js';
import { CHECKS } from './checks/registry.js';
import { readFixture } from './fixture-file.js';
import { fixturesBelow } from './fixture-folder.js';
import { parseOptions, USAGE, UsageError, type ParityOptions } from './options.js';
import { tableHead, tableRows, wrap } from './report.js';
import { runCheck } from './run-check.js';

/** Files that describe reference numbers, and hold none. */
const DESCRIPTIONS = /\.(md|json|txt)$/;

/** Counts of what was checked and what failed. */
interface Tally {
  files: number;
  quantities: number;
  beyond: number;
  damaged: number;
  /** Files that were skipped, by the reason. */
  skipped: Map<string, string[]>;
  /** Files of reference numbers without a check, by the name of a folder in which no file has one. */
  unchecked: Map<string, number>;
}

/** Checks every file below the folder. */
async function checkFolder({ folder, only, full }: ParityOptions): Promise<Tally> {
  const tally: Tally = { files: 0, quantities: 0, beyond: 0, damaged: 0, skipped: new Map(), unchecked: new Map() };
  let heading = '.';
  const print = (path: string, lines: string[]) => {
    if (dirname(path) !== heading) console.log(`\n${(heading = dirname(path))}/`);
    for (const line of lines) console.log(line);
  };
  const skip = (path: string, reason: string) =>
    tally.skipped.set(reason, [...(tally.skipped.get(reason) ?? []), path]);
  const without: string[] = [];
  const known = new Set<string>();
  for (const path of await fixturesBelow(folder)) {
    try {
      const file: FixtureFile = await readFixture(join(folder, path));
      const check = CHECKS.find((candidate) => candidate.recognizes(file));
      if (check === undefined) {
        if (!DESCRIPTIONS.test(path)) without.push(path);
        continue;
      }
      known.add(sectionOf(path));
      if (!only.has(check.name)) skip(path, 'not selected (--only)');
      else if (check.isLarge && !full) skip(path, 'large (select with --full)');
      else {
        const comparisons = await runCheck(check, file);
        print(path, tableRows(path, comparisons));
        tally.files += 1;
        tally.quantities += comparisons.length;
        tally.beyond += beyondTolerance(comparisons).length;
      }
    } catch (error) {
      tally.damaged += 1;
      print(path, [wrap(`${path}: FAIL: ${(error as Error).message}`, '  ')]);
    }
  }
  for (const path of without) {
    const section = sectionOf(path);
    if (known.has(section)) skip(path, 'no check for');
    else tally.unchecked.set(section, (tally.unchecked.get(section) ?? 0) + 1);
  }
  return tally;
}

/** The part of a folder of fixtures that a file belongs to: the first folder of its path. */
function sectionOf(path: string): string {
  return dirname(path).split(sep)[0]!;
}

function printSummary({ files, quantities, beyond, damaged, skipped, unchecked }: Tally): void {
  console.log('');
  if (unchecked.size > 0) {
    const sections = [...unchecked].map(([name, count]) => `${name} (${plural(count, 'file')})`);
    console.log(wrap(`no section yet, nothing in them is checked: ${sections.join(', ')}`, '  '));
  }
  for (const [reason, paths] of skipped) console.log(wrap(`${reason}: ${groupPaths(paths).join(', ')}`, '  '));
  if (skipped.size + unchecked.size > 0) console.log('');
  const failed = damaged > 0 ? `, ${plural(damaged, 'file')} could not be checked` : '';
  console.log(`${plural(files, 'file')}, ${plural(quantities, 'quantity')}, ${beyond} beyond tolerance${failed}`);
}

function plural(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : noun.replace(/y$/, 'ie') + 's'}`;
}

/** Replaces several paths of a kind in a folder by one pattern. */
function groupPaths(paths: readonly string[]): string[] {
  const kinds = new Map<string, string[]>();
  for (const path of paths) {
    const kind = join(dirname(path), `*${extname(path)}`);
    kinds.set(kind, [...(kinds.get(kind) ?? []), path]);
  }
  return [...kinds].map(([kind, members]) => (members.length === 1 ? members[0]! : kind));
}

try {
  const options = await parseOptions(process.argv.slice(2));
  if (options === null) console.log(USAGE);
  else {
    const { description } = await startBackend(options.backend);
    console.log(`${description}\n\n${tableHead()}`);
    const tally = await checkFolder(options);
    printSummary(tally);
    if (options.full) console.log(`largest resident memory: ${Math.round(process.resourceUsage().maxRSS / 1000)} MB`);
    if (tally.files === 0 && tally.damaged === 0) console.log('There was nothing to check.');
    if (tally.beyond + tally.damaged > 0 || tally.files === 0) process.exitCode = 1;
  }
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`);
  else if (error instanceof BackendError) console.error(wrap(error.message));
  else throw error;
  const isWrongUsage = error instanceof UsageError || (error instanceof BackendError && error.isWrongSetting);
  process.exitCode = isWrongUsage ? 2 : 1;
}
