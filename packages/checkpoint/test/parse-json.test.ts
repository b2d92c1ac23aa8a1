import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../src/index.js';

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 20 }), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('takes brackets and quotes in strings for text', () => {
    const text = JSON.stringify(['['.repeat(1000), '\\"{'.repeat(500), '\\']);
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  it('takes a byte order mark, and lists side by side', () => {
    expect(parseJson(`\uFEFF[${Array<string>(1000).fill('[{}]').join()}]`)).toHaveLength(1000);
  });

  it('refuses what is nested deeper than any program nests it', () => {
    expect(() => parseJson('['.repeat(1e6))).toThrow('nested more than 200 deep');
  });
});
