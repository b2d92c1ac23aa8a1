/** A class, by its index or its name. */
export type ClassName = number | string;

/** Shows at most this many classes in a message. */
const SHOWN = 20;

/**
 * Names the classes of a network.
 *
 * @param names those of the file, if it has any
 * @returns one name per class; their indices as text, if the file has no names
 */
export function nameClasses(labelDim: number, names: readonly string[] | null): readonly string[] {
  return names ?? Array.from({ length: labelDim }, (_, index) => String(index));
}

/**
 * Finds the index of each image's class.
 *
 * @param choice one class for all images, or one for each; undefined for random classes
 * @param count number of images
 * @returns one index per image; undefined for random classes
 * @throws RangeError listing the classes, if there is no such class, or the number of classes is not `count`
 */
export function classIndices(
  choice: ClassName | readonly ClassName[] | undefined,
  count: number,
  classNames: readonly string[],
): number[] | undefined {
  if (choice === undefined) return undefined;
  if (typeof choice !== 'object') return new Array<number>(count).fill(classIndex(choice, classNames));
  if (choice.length !== count) {
    throw new RangeError(
      `There are ${choice.length} classes for ${count} seeds: pass one class, or one for each seed.`,
    );
  }
  return choice.map((one) => classIndex(one, classNames));
}

function classIndex(choice: ClassName, classNames: readonly string[]): number {
  if (classNames.length === 0) {
    throw new RangeError(`Class ${choice} was requested, but this network is unconditional: leave the class out.`);
  }
  const index = typeof choice === 'string' ? classNames.indexOf(choice) : choice;
  if (Number.isInteger(index) && index >= 0 && index < classNames.length) return index;
  throw new RangeError(
    `Class ${JSON.stringify(choice)} does not exist: this network has the classes ${listClasses(classNames)}.`,
  );
}

function listClasses(classNames: readonly string[]): string {
  if (classNames.every((name, index) => name === String(index))) return `0 to ${classNames.length - 1}`;
  const list = classNames.slice(0, SHOWN).map((name, index) => `${index} (${name})`);
  return list.join(', ') + (classNames.length > SHOWN ? ` and ${classNames.length - SHOWN} more` : '');
}
