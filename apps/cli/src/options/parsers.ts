import { InvalidArgumentError } from 'commander';

interface NumberBounds {
  min?: number;
  max?: number;
  /** The number must be larger than this. */
  above?: number;
  infinite?: boolean;
}

/** A number within bounds; `inf` is one only where `infinite` says so. */
export function number({ min = -Infinity, max = Infinity, above, infinite = false }: NumberBounds = {}) {
  return (text: string): number => {
    const value = infinite && /^[+]?inf(inity)?$/i.test(text.trim()) ? Infinity : Number(text);
    const range =
      above !== undefined ? `a number above ${above}` : `a number${min > -Infinity ? ` of at least ${min}` : ''}`;
    const wanted = range + (max < Infinity ? ` and at most ${max}` : '');
    const inRange = value >= min && value <= max && (above === undefined || value > above);
    if (text.trim() === '' || Number.isNaN(value) || (value === Infinity && !infinite) || !inRange)
      throw new InvalidArgumentError(`It has to be ${wanted}.`);
    return value;
  };
}

/** A whole number within bounds. */
export function integer({ min = 0, max = 2 ** 31 - 1 }: { min?: number; max?: number } = {}) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text.trim()) || value < min || value > max) {
      throw new InvalidArgumentError(`It has to be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** `1/0`, `true/false`, `yes/no`, `on/off`, in any case, as the published scripts take them. */
export function boolean(text: string): boolean {
  if (/^(1|true|t|yes|y|on)$/i.test(text)) return true;
  if (/^(0|false|f|no|n|off)$/i.test(text)) return false;
  throw new InvalidArgumentError('It has to be 1 or 0 (or true or false).');
}

const MAX_LIST = 10_000_000;

/** A list such as `0-63` or `1,2,5-10`, in the order written. */
export function integerList(text: string): number[] {
  const list: number[] = [];
  for (const part of text.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    if (match === null)
      throw new InvalidArgumentError('It has to be a list of whole numbers and ranges such as 0-63 or 1,2,5-10.');
    const from = Number(match[1]);
    const to = match[2] === undefined ? from : Number(match[2]);
    if (to < from || to - from > MAX_LIST) throw new InvalidArgumentError(`The range ${part} is empty or too long.`);
    for (let value = from; value <= to; value++) list.push(value);
  }
  return list;
}

/** A list of numbers such as `0.5,1,2`. */
export function numberList(text: string): number[] {
  return text.split(',').map(number());
}
