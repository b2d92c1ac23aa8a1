import { describe, expect, it } from 'vitest';
import { findNonFinite } from '@onestep/checkpoint';

const tensor = (...values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) });

describe('findNonFinite', () => {
  it('finds the first tensor with NaN, or with infinity unless that is allowed', () => {
    expect(findNonFinite({ a: tensor(0, -1e38), b: { shape: [1], data: Int32Array.of(1) } })).toBeUndefined();
    const tensors = { a: tensor(1), b: tensor(1, -Infinity), c: tensor(Infinity, NaN) };
    expect(findNonFinite(tensors)).toEqual({ name: 'b', holds: 'infinity' });
    expect(findNonFinite(tensors, { infinity: false })).toEqual({ name: 'c', holds: 'NaN' });
  });

  it('reads half precisions from their bits', () => {
    const bits = (dtype: 'F16' | 'BF16' | 'U16', value: number) => ({
      a: { shape: [2], data: Uint16Array.of(1, value), dtype },
    });
    expect(findNonFinite(bits('F16', 0x7bff))).toBeUndefined();
    expect(findNonFinite(bits('F16', 0xfc00))).toEqual({ name: 'a', holds: 'infinity' });
    expect(findNonFinite(bits('F16', 0x7e00))).toEqual({ name: 'a', holds: 'NaN' });
    expect(findNonFinite(bits('BF16', 0x7f7f))).toBeUndefined();
    expect(findNonFinite(bits('BF16', 0xff80))).toEqual({ name: 'a', holds: 'infinity' });
    expect(findNonFinite(bits('BF16', 0x7fc0))).toEqual({ name: 'a', holds: 'NaN' });
    expect(findNonFinite(bits('U16', 0x7e00))).toBeUndefined();
  });
});
