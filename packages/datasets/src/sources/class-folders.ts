import { normalizeName } from '../files/text.js';
import type { SourceLabels } from '../labels.js';
import { sortNames } from './sort-names.js';

/** `00012/img00012345.png` of data sets, `12000/12345.png` of FFHQ: a folder for every thousand images. */
const NUMBERED = /^(\d{5,})\/(?:img)?(\d{5,})\.\w+$/;

/**
 * Labels of images by the folders at the top that they are in, in the order of the names of the folders, if there is
 * more than one. Images outside of all folders are a class of their own, the first, which has no name; then no class
 * is named. Folders that only number the images are not classes.
 *
 * @param names of all images
 * @param source for messages
 */
export function labelByFolder(names: readonly string[], source: string): SourceLabels | null {
  const folderOf = (name: string) => (name.includes('/') ? name.slice(0, name.indexOf('/')) : '');
  const folders = sortNames([...new Set(names.map(folderOf))]);
  if (folders.length < 2 || names.every(isNumbered)) return null;
  const classes = new Map(folders.map((name, i) => [name, i]));
  return {
    byName: new Map(names.map((name) => [normalizeName(name), classes.get(folderOf(name))!])),
    source,
    classNames: folders.includes('') ? null : folders.map((name) => name.normalize('NFC')),
  };
}

function isNumbered(name: string): boolean {
  const match = NUMBERED.exec(name);
  if (match === null) return false;
  const [folder, image] = [Number(match[1]), Number(match[2])];
  const thousand = Math.floor(image / 1000);
  return folder === thousand || folder === 1000 * thousand;
}

/** A line about folders whose names are numbers: as text, which is their order in the published tool, 10 comes before 2. */
export function describeNumberedFolders(labels: SourceLabels | null): string[] {
  const names = labels?.classNames ?? [];
  const first = names.findIndex((name, i) => /^\d+$/.test(name) && Number(name) !== i);
  if (first === -1 || !names.every((name) => /^\d+$/.test(name))) return [];
  return [`the classes are named by numbers and are in the order of text: class ${first} is ${names[first]}`];
}
