/**
 * Names of a network's classes: those in its file, otherwise `class 0`, `class 1`, ...
 *
 * @returns one name per class; for an unconditional network, one empty name
 */
export function classNames({ labelDim, classNames: names }: { labelDim: number; classNames?: readonly string[] }) {
  if (labelDim === 0) return [''];
  return Array.from({ length: labelDim }, (_, index) => names?.[index] ?? `class ${index}`);
}
