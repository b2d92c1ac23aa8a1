import type { Label } from './sources/source.js';

/**
 * Number of classes of some labels: highest label + 1.
 *
 * @returns 0 if a label is missing, or is not a class
 */
export function countClasses(labels: Iterable<Label | null>): number {
  let highest = -1;
  for (const label of labels) {
    if (typeof label !== 'number') return 0;
    highest = Math.max(highest, label);
  }
  return highest + 1;
}

/**
 * Checks the entry `class_names` of a `dataset.json`: `["T-shirt", "Trouser", ...]`, the names in label order.
 *
 * @param numClasses number of classes of the labels
 * @param fileError makes an error that names the file
 * @returns one name per class, or null if there is no such entry
 * @throws if it is not a list of names, or has fewer names than there are classes
 */
export function parseClassNames(
  value: unknown,
  numClasses: number,
  fileError: (what: string) => Error,
): readonly string[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value) || !value.every((name) => typeof name === 'string' && name.trim() !== '')) {
    throw fileError('"class_names" is not a list of names, such as ["cat", "dog"]');
  }
  if (value.length < numClasses) {
    throw fileError(`"class_names" has length ${value.length} and the labels have ${numClasses} classes`);
  }
  return value.slice(0, numClasses) as string[];
}

/**
 * Checks names that are given for the classes of a source.
 *
 * @param numClasses number of classes of the source
 * @throws if there is not one name for each class
 */
export function checkClassNames(names: readonly string[], numClasses: number, source: string): readonly string[] {
  if (numClasses === 0) {
    throw new Error(
      `${source} has no class labels for all its images, so its classes cannot be named; leave the class names out.`,
    );
  }
  if (names.length !== numClasses) {
    const list = names.slice(0, 20).join(', ') + (names.length > 20 ? ', ...' : '');
    throw new Error(
      `${source} has ${numClasses} classes (labels 0 to ${numClasses - 1}) and the number of class names is ${names.length} ` +
        `(${list}); give one name per class, in label order.`,
    );
  }
  const empty = names.findIndex((name) => name.trim() === '');
  if (empty !== -1) throw new Error(`The name of class ${empty} is empty; give every class a name.`);
  return names;
}
