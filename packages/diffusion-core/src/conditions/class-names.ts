/**
 * Names the classes of a network, for people to read.
 *
 * @param names those of its file or its data set, if there are any
 * @returns one name per class: `class 0`, `class 1`, ... where there are no names
 */
export function nameClasses(labelDim: number, names?: readonly string[] | null): readonly string[] {
  return Array.from({ length: labelDim }, (_, index) => names?.[index] ?? `class ${index}`);
}
