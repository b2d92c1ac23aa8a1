import { existsSync } from 'node:fs';
import { parseJson } from '@onestep/checkpoint';
import { readRegularFile } from '@onestep/checkpoint/node';
import type { ImageDataset } from '@onestep/datasets';
import { groupByCaption, wordPattern, type CaptionGroup } from '@onestep/metrics';
import { UserError } from '../user-error.js';

/** What `--by` takes, for help and messages. */
export const BY_CHOICES =
  'class; word, with --words; or a JSON file of names and regular expressions of captions, {"warm": "red|orange|yellow"}';

/** Options that say what images are grouped by. */
export interface GroupingOptions {
  by: string;
  words?: readonly string[];
}

/** How images are grouped, before the data set is known. */
export type Grouping = 'class' | readonly CaptionGroup[];

/** @throws UserError naming the option that is missing or not valid */
export function readGrouping({ by, words }: GroupingOptions): Grouping {
  if (words !== undefined && by !== 'word')
    throw new UserError('--words needs --by word: give both, or leave --words out.', 2);
  if (by === 'class') return 'class';
  if (by === 'word') {
    if (words !== undefined) return words.map((word) => ({ name: word, pattern: wordPattern(word) }));
    throw new UserError('--by word needs the words: --words red,green,blue.', 2);
  }
  if (existsSync(by)) return readPatterns(by);
  // A plain word is a misspelled choice; a path names a file that is missing.
  throw new UserError(`There is no file ${by}: --by is ${BY_CHOICES}.`, /[./\\]/.test(by) ? 1 : 2);
}

/**
 * Groups the images of a data set.
 *
 * @param classNames names of its classes, where it has none
 * @returns the numbers of the images of each group; groups without images are left out, and `empty` names them
 * @throws UserError if it has no classes or captions to group by
 */
export function groupImages(
  dataset: ImageDataset,
  grouping: Grouping,
  classNames: readonly string[] | null,
): { groups: { name: string; members: number[] }[]; empty: string[] } {
  const { length } = dataset;
  const all = grouping === 'class' ? byClass(dataset, classNames) : byCaption(dataset, grouping);
  const groups = all.filter(({ members }) => members.length > 0);
  const empty = all.filter(({ members }) => members.length === 0).map(({ name }) => name);
  if (groups.length > 0) return { groups, empty };
  throw new UserError(`None of the ${length} images of ${dataset.path} is in a group: ${empty.join(', ')}.`);
}

function byClass(dataset: ImageDataset, classNames: readonly string[] | null): { name: string; members: number[] }[] {
  const { labelDim, labelKind, length, path } = dataset;
  if (labelKind !== 'classes') {
    const has = labelKind === 'none' ? 'no labels' : 'label vectors';
    const advice = dataset.hasCaptions ? ' Group its captions: --by word --words red,green.' : '';
    throw new UserError(`${path} has ${has}, and --by class needs classes.${advice}`);
  }
  const names = dataset.classNames ?? classNames;
  const members = Array.from({ length: labelDim }, (): number[] => []);
  for (let index = 0; index < length; index++) members[dataset.classAt(index)!]!.push(index);
  return members.map((list, i) => ({ name: names?.[i] ?? `class ${i}`, members: list }));
}

function byCaption(dataset: ImageDataset, groups: readonly CaptionGroup[]): { name: string; members: number[] }[] {
  if (!dataset.hasCaptions) {
    const advice = dataset.labelKind === 'classes' ? ' Group by its classes: --by class.' : '';
    throw new UserError(`${dataset.path} has no captions to group by.${advice}`);
  }
  const captions = Array.from({ length: dataset.length }, (_, index) => dataset.captionAt(index));
  const members = groupByCaption(captions, groups);
  return groups.map(({ name }, i) => ({ name, members: members[i]! }));
}

function readPatterns(path: string): CaptionGroup[] {
  const fail = (what: string): never => {
    throw new UserError(`${path}: ${what}. Expected names and regular expressions: {"warm": "red|orange|yellow"}.`);
  };
  let json: unknown;
  try {
    json = parseJson(readRegularFile(path).toString('utf8'));
  } catch (error) {
    return fail(`it is not JSON (${(error as Error).message})`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return fail('it is not a JSON object');
  const groups = Object.entries(json).map(([name, source]) => {
    if (typeof source !== 'string') return fail(`${JSON.stringify(name)} is not a text`);
    try {
      return { name, pattern: new RegExp(source, 'iu') };
    } catch (error) {
      return fail(`${JSON.stringify(name)}: ${(error as Error).message}`);
    }
  });
  return groups.length > 0 ? groups : fail('it has no groups');
}
