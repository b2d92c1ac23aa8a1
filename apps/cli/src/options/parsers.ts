import { InvalidArgumentError, Option } from 'commander';
import * as checks from '@onestep/diffusion-core';
import type { Check, NumberBounds } from '@onestep/diffusion-core';

/** Makes commander's parser of a check. */
export function parseWith<T>(check: Check<T>): (text: string) => T {
  return (text) => {
    const value = check.parse(text);
    if (value === undefined) throw new InvalidArgumentError(`It has to be ${check.expected}.`);
    return value;
  };
}

/** A number within bounds; `inf` is a number only where `infinite` says so. */
export function number({ infinite = false, ...bounds }: NumberBounds & { infinite?: boolean } = {}) {
  const finite = parseWith(checks.number(bounds));
  return (text: string): number => (infinite && /^[+]?inf(inity)?$/i.test(text.trim()) ? Infinity : finite(text));
}

/** One number within bounds, or several different ones: `0.5` or `0.5,0.1`. */
export const numbers = (bounds?: NumberBounds) => parseWith(checks.numbers(bounds));

/** A whole number within bounds. */
export const integer = (bounds?: { min?: number; max?: number }) => parseWith(checks.integer(bounds));

/** `1/0`, `true/false`, `yes/no`, `on/off`, in any case, as the published scripts take them. */
export const boolean = parseWith(checks.boolean());

/** What a network is conditioned on: nothing, whatever there is, or what is named. */
export type ConditionChoice = boolean | 'labels' | 'captions';

/** `labels`, `captions`, or a boolean as in the published scripts. */
export function conditionChoice(text: string): ConditionChoice {
  const named = text.trim().toLowerCase();
  if (named === 'labels' || named === 'captions') return named;
  const value = checks.boolean().parse(text);
  if (value === undefined) throw new InvalidArgumentError('It has to be labels, captions, 1 or 0 (or true or false).');
  return value;
}

/** An option that turns something on, also as the published scripts spell it: `--nosubdir`, `--nosubdir 1`, `--nosubdir=0`. */
export const flag = (name: string, help: string) => new Option(`${name} [bool]`, help).argParser(boolean);

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
