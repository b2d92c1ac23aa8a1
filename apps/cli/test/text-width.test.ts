import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { plainTable } from '../src/reports/plain-table.js';
import { columnsOf, cutText, shortenText, textWidth } from '../src/terminal/text-width.js';

afterEach(() => vi.unstubAllEnvs());

describe('texts in a terminal', () => {
  it('are as wide as they are seen', () => {
    expect(textWidth('runs')).toBe(4);
    expect(textWidth('データ')).toBe(6);
    expect(textWidth('cafe\u0301')).toBe(4);
    const table = plainTable({ head: ['run', 'kimg'], rows: [['データ', '1'], ['cafe\u0301', '12']] }); // prettier-ignore
    expect(table.split('\n')).toEqual(['run     kimg', 'データ     1', 'cafe\u0301      12']);
  });

  it('are shortened to what fits, without parts of characters', () => {
    expect(shortenText('00001-データ集合-実験', 12)).toBe('00001-…-実験');
    expect(shortenText('short', 5)).toBe('short');
    expect(cutText('cafe\u0301s', 4)).toBe('cafe\u0301');
    const texts = fc.string({ unit: 'grapheme', maxLength: 30 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 20 }), (text, columns) => {
        for (const short of [shortenText(text, columns), cutText(text, columns)]) {
          expect(textWidth(short)).toBeLessThanOrEqual(columns);
          expect(Buffer.from(short).toString()).toBe(short);
        }
      }),
    );
  });

  it('have the columns of the terminal, of COLUMNS, or 80', () => {
    const stream = (columns?: number) => ({ columns }) as NodeJS.WriteStream;
    vi.stubEnv('COLUMNS', '40');
    expect([columnsOf(stream(132)), columnsOf(stream()), columnsOf(stream(0))]).toEqual([132, 40, 40]);
    vi.stubEnv('COLUMNS', 'many');
    expect(columnsOf(stream())).toBe(80);
  });
});
