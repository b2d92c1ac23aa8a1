/**
 * Reads a list of whole numbers, such as `1,2,3`.
 *
 * @param name of the option, for messages
 * @throws Error naming the option if a number is below `least` or not whole
 */
export function wholeNumbers(name: string, text: string, least: number): number[] {
  const values = text.split(',').map(Number);
  if (values.every((value) => Number.isInteger(value) && value >= least)) return values;
  throw new Error(`--${name} is ${text}, expected whole numbers from ${least} on.`);
}
