import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boolean, callback, integer, number, numberList, numbers, oneOf, type Check } from '@onestep/diffusion-core';

/** Numbers of every size and kind, and those next to the bounds of the checks below. */
const anyNumber = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, 1, 2, 0.5, 1e-300, NaN, Infinity, 2 ** 31),
);
/** Values that a program might pass by mistake. */
const anyValue = fc.oneof(anyNumber, fc.string(), fc.boolean(), fc.constantFrom(null, undefined), fc.array(anyNumber));

const NUMBERS: [string, Check<number>, (value: number) => boolean][] = [
  ['number()', number(), () => true],
  ['number({ above: 0 })', number({ above: 0 }), (value) => value > 0],
  ['number({ min: 0, below: 1 })', number({ min: 0, below: 1 }), (value) => value >= 0 && value < 1],
  ['number({ above: 0, max: 1000 })', number({ above: 0, max: 1000 }), (value) => value > 0 && value <= 1000],
  ['integer()', integer(), (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 31],
  ['integer({ min: 1, max: 2 })', integer({ min: 1, max: 2 }), (value) => value === 1 || value === 2],
];

describe.each(NUMBERS)('%s', (_, check, allowed) => {
  it('accepts the finite numbers within its bounds and nothing else', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(check.accepts(value)).toBe(typeof value === 'number' && Number.isFinite(value) && allowed(value));
      }),
    );
  });

  it('reads from text exactly the numbers that it accepts', () => {
    fc.assert(
      fc.property(anyNumber, (value) => {
        expect(check.parse(String(value))).toBe(check.accepts(value) ? Number(String(value)) : undefined);
      }),
    );
  });

  it('reads no text that is not a number', () => {
    for (const text of ['', ' ', 'x', '1x', '1,5', '0x', '1 2', 'NaN', 'Infinity', 'null']) {
      expect(check.parse(text), JSON.stringify(text)).toBeUndefined();
    }
  });
});

describe('number', () => {
  it('states its bounds', () => {
    expect(number().expected).toBe('a number');
    expect(number({ above: 0, max: 1 }).expected).toBe('a number above 0 and at most 1');
    expect(number({ min: 0, below: 1 }).expected).toBe('a number of at least 0 and below 1');
    expect(integer({ min: 1 }).expected).toBe('a whole number from 1 to 2147483647');
  });
});

describe('boolean', () => {
  it('reads the words of the published scripts, in any case', () => {
    for (const text of ['1', 'true', 'True', 'T', 'yes', 'y', 'ON']) expect(boolean().parse(text), text).toBe(true);
    for (const text of ['0', 'false', 'F', 'no', 'n', 'Off']) expect(boolean().parse(text), text).toBe(false);
    for (const text of ['', '2', 'yess', 'null']) expect(boolean().parse(text), text).toBeUndefined();
    expect([true, false, 1, 'true', null].map(boolean().accepts)).toEqual([true, true, false, false, false]);
  });
});

describe('oneOf', () => {
  it('accepts the names of its table, and none that every object has', () => {
    const check = oneOf({ ddim: 1, heun: 2 });
    expect(check.choices).toEqual(['ddim', 'heun']);
    expect(check.expected).toBe('one of ddim, heun');
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom('ddim', 'heun', 'toString', '__proto__')), (text) => {
        const known = text === 'ddim' || text === 'heun';
        expect(check.accepts(text)).toBe(known);
        expect(check.parse(text)).toBe(known ? text : undefined);
      }),
    );
  });
});

describe('numberList', () => {
  const check = numberList({ min: 0 });

  it('reads from text exactly the lists that it accepts', () => {
    fc.assert(
      fc.property(fc.array(anyNumber), (values) => {
        const allowed = values.length > 0 && values.every((value) => value >= 0 && value < Infinity);
        expect(check.accepts(values)).toBe(allowed);
        expect(check.parse(values.join(','))).toEqual(
          allowed ? values.map((value) => Number(String(value))) : undefined,
        );
      }),
    );
  });

  it('accepts nothing but lists', () => {
    expect([1, '1,2', null, {}].map(check.accepts)).toEqual([false, false, false, false]);
    expect(check.expected).toBe('a list of numbers such as 0.5,1,2, each a number of at least 0');
  });
});

describe('callback', () => {
  it('accepts functions, which no text can be', () => {
    const check = callback('a function of noise levels');
    expect([() => 1, 1, null].map(check.accepts)).toEqual([true, false, false]);
    expect(check.parse('() => 1')).toBeUndefined();
  });
});

describe('numbers', () => {
  const check = numbers({ above: 0, max: 2 });

  it('reads one number, or several different ones', () => {
    expect(['0.5', '0.5,0.1', ' 2 , 1 '].map(check.parse)).toEqual([0.5, [0.5, 0.1], [2, 1]]);
    expect(['', ',', '0', '3', '1,3', '1,1', '1,x'].map(check.parse)).toEqual(Array(7).fill(undefined));
    expect([0.5, [0.5, 0.1]].every(check.accepts)).toBe(true);
    expect([[], 0, [1, 1], [1, NaN], '1', null].some(check.accepts)).toBe(false);
  });
});
