import { Command } from 'commander';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeArguments } from '../src/options/argv.js';
import { boolean, flag, integer, integerList, number } from '../src/options/parsers.js';

describe('options', () => {
  it('takes underscores and dashes for the same name and leaves values alone', () => {
    expect(normalizeArguments(['--init_sigma=2_5', '--S_churn', 'a_b', '--batch-gpu=4', '--', '--x_y'])).toEqual([
      '--init-sigma=2_5',
      '--S-churn',
      'a_b',
      '--batch-gpu=4',
      '--',
      '--x_y',
    ]);
    const sida = ['--sid_model=a_b.pkl', '--detector_url', 'https://host/x_y.pkl'];
    expect(normalizeArguments(sida)).toEqual(['--transfer=a_b.pkl', '--detector', 'https://host/x_y.pkl']);
  });

  it('shows the help of the innermost command', () => {
    expect(normalizeArguments(['help', 'metrics', 'calc'])).toEqual(['metrics', 'calc', '--help']);
    expect(normalizeArguments(['help'])).toEqual(['help']);
  });

  it('takes a flag with or without a value', () => {
    const parse = (...args: string[]) =>
      new Command().addOption(flag('--nosubdir', '')).parse(args, { from: 'user' }).opts().nosubdir as unknown;
    const given = [[], ['--nosubdir'], ['--nosubdir', '1'], ['--nosubdir', '0'], ['--nosubdir=False']];
    expect(given.map((args) => parse(...args))).toEqual([undefined, true, true, false, false]);
  });

  it('reads the booleans of the published scripts', () => {
    expect(['1', 'true', 'True', 'YES'].map(boolean)).toEqual([true, true, true, true]);
    expect(['0', 'false', 'No', 'off'].map(boolean)).toEqual([false, false, false, false]);
    expect(() => boolean('2')).toThrow(/1 or 0/);
  });

  it('reads lists in the order written', () => {
    expect(integerList('5,1-3,9')).toEqual([5, 1, 2, 3, 9]);
    for (const bad of ['', '3-1', '-4', 'a', '1,,2', '0-99999999999']) expect(() => integerList(bad)).toThrow();
    fc.assert(
      fc.property(fc.array(fc.nat(1e6), { minLength: 1 }), (list) => {
        expect(integerList(list.join(','))).toEqual(list);
      }),
    );
  });

  it('refuses numbers out of bounds, and text that is none', () => {
    for (const bad of ['', 'x', '-1', 'NaN', '1e']) expect(() => number({ min: 0 })(bad)).toThrow();
    expect(() => number({ above: 0 })('0')).toThrow(/above 0/);
    expect(number({ min: 0, infinite: true })('inf')).toBe(Infinity);
    expect(() => number({ min: 0 })('inf')).toThrow();
    for (const bad of ['1.5', '-3', '', 'ten', '99999999999']) expect(() => integer()(bad)).toThrow();
    expect(integer({ min: 1 })('64')).toBe(64);
  });
});
