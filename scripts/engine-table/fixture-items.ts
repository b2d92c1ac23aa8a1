import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Check, FixtureFile } from '../../parity/check.js';
import { CHECKS } from '../../parity/checks/registry.js';
import { readFixture } from '../../parity/fixture-file.js';
import { fixturesBelow } from '../../parity/fixture-folder.js';
import { runCheck } from '../../parity/run-check.js';
import { FIXTURES } from '../../test-support/fixtures.js';
import { NothingToMeasure, type Item } from './part.js';

/** Folders of reference numbers. The second is part of the repository, and has the same kind of files. */
const FOLDERS = [FIXTURES, fileURLToPath(new URL('../../packages/edm/test/data/networks/', import.meta.url))];

/**
 * Lists the fixtures of some checks, the smallest first. Each is an item, and so is each run of a sampler.
 *
 * @param checks names of checks of the parity command
 * @throws NothingToMeasure if there is none
 */
export async function fixtureItems(checks: readonly string[]): Promise<Item[]> {
  const found: { size: number; item: Item }[] = [];
  for (const folder of FOLDERS.filter(existsSync)) {
    for (const path of await fixturesBelow(folder)) {
      const whole = join(folder, path);
      const file = await readFixture(whole);
      const check = CHECKS.find((candidate) => candidate.recognizes(file));
      if (check === undefined || !checks.includes(check.name)) continue;
      // A pickle without an output is only read, which no engine does.
      if (check.name === 'pickles' && !('y' in file.tensors)) continue;
      if (check.name === 'samplers') found.push(...samplerItems(check, file));
      else {
        const run = async () => runCheck(check, await readFixture(whole));
        found.push({ size: (await stat(whole)).size, item: { name: titleOf(path), run } });
      }
    }
  }
  if (found.length === 0) throw new NothingToMeasure('no reference numbers here (`../shared/fixtures`)');
  return found.sort((a, b) => a.size - b.size).map(({ item }) => item);
}

/** One item for each run of the file. Its size is the number of steps. */
function samplerItems(check: Check, file: FixtureFile): { size: number; item: Item }[] {
  const isOfRun = (name: string) => /\.(images|random)$/.test(name);
  const runs = Object.keys(file.tensors).flatMap((name) => /^(.*)\.images$/.exec(name)?.[1] ?? []);
  return runs.map((run) => {
    const wanted = ([name]: [string, unknown]) => !isOfRun(name) || name.startsWith(`${run}.`);
    const tensors = Object.fromEntries(Object.entries(file.tensors).filter(wanted));
    const [steps] = file.tensors[`${run}.random`]?.shape ?? [0];
    return { size: steps!, item: { name: run, run: () => runCheck(check, { ...file, tensors }) } };
  });
}

function titleOf(path: string): string {
  return basename(path).replace('.safetensors', '');
}
