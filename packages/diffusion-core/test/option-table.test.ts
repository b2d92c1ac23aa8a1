import { describe, expect, it } from 'vitest';
import { defaultsOf, number, oneOf, option, settleOptions } from '@onestep/diffusion-core';

const TABLE = {
  rate: option({ default: 0.1, check: number({ above: 0 }), help: 'learning rate' }),
  clip: option<number | null>({ default: null, check: number({ above: 0 }), help: 'bound', unset: 'no bound' }),
  ramp: option<number | null>({ default: 0.05, check: number({ above: 0 }), help: 'share', unset: 'no bound' }),
  solver: option<'euler' | 'heun'>({ default: 'heun', check: oneOf({ euler: 1, heun: 2 }), help: 'solver' }),
};
const DEFAULTS = { rate: 0.1, clip: null, ramp: 0.05, solver: 'heun' };

describe('settleOptions', () => {
  it('completes options with the defaults, also those that are undefined', () => {
    expect(defaultsOf(TABLE)).toEqual(DEFAULTS);
    expect(settleOptions(TABLE, {})).toEqual(DEFAULTS);
    expect(settleOptions(TABLE, { rate: undefined, solver: 'euler' })).toEqual({ ...DEFAULTS, solver: 'euler' });
  });

  it('keeps the order of the table, whatever the order given', () => {
    expect(Object.keys(settleOptions(TABLE, { solver: 'euler', rate: 1 }))).toEqual(Object.keys(TABLE));
  });

  it('takes null where it is the default or has a meaning, and nowhere else', () => {
    expect(settleOptions(TABLE, { clip: null, ramp: null })).toMatchObject({ clip: null, ramp: null });
    expect(() => settleOptions(TABLE, { rate: null as unknown as number })).toThrow(
      'rate must be a number above 0, not null',
    );
  });

  it('names an option that is unknown, with those that there are', () => {
    const given = { lr: 1 } as Record<string, unknown>;
    expect(() => settleOptions(TABLE, given)).toThrow('There is no option lr. There are rate, clip, ramp, solver.');
    expect(() => settleOptions(TABLE, { toString: 1 } as Record<string, unknown>)).toThrow('no option toString');
  });

  it('names a value that is not allowed, and what is', () => {
    expect(() => settleOptions(TABLE, { rate: -1 })).toThrow(RangeError);
    expect(() => settleOptions(TABLE, { rate: NaN })).toThrow('rate must be a number above 0, not NaN');
    expect(() => settleOptions(TABLE, { solver: 'rk4' as 'heun' })).toThrow(
      'solver must be one of euler, heun, not "rk4"',
    );
    expect(() => settleOptions(TABLE, { clip: [1, 2] as unknown as number })).toThrow('not [1,2]');
  });
});
