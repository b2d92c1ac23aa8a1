import { stripVTControlCharacters } from 'node:util';
import { expect } from 'vitest';
import { decodePngSamples } from '@onestep/datasets';
import type { Notebook } from '../../../../test-support/notebook.js';

type CellValue = Record<string, string> | null;

/** Expects values of cells to be those that the notebook stores: texts, and pictures up to the rounding of another processor. */
export function expectSameValues({ cells }: Notebook, values: readonly CellValue[]): void {
  const stored = cells
    .filter(({ cell_type: type }) => type === 'code')
    .map(({ outputs }) => outputs?.[0]?.data ?? null);
  expect(stored).toHaveLength(values.length);
  for (const [i, value] of values.entries()) {
    const { 'image/png': png, 'text/plain': text } = stored[i]!;
    expect(words(value!['text/plain']!)).toEqual(words(text!));
    expect('image/png' in value!).toBe(png !== undefined);
    if (png === undefined) continue;
    const [actual, expected] = [value!['image/png']!, png].map((each) => decodePngSamples(Buffer.from(each, 'base64'), 'cell')); // prettier-ignore
    expect([actual!.width, actual!.height]).toEqual([expected!.width, expected!.height]);
    const isFar = (pixel: number, at: number) => Math.abs(pixel - expected!.data[at]!) > 1;
    expect(actual!.data.filter(isFar)).toHaveLength(0);
  }
}

/** The words of a list: runtimes break its lines, and quote and color its texts, in ways of their own. */
const words = (text: string): string[] => stripVTControlCharacters(text).match(/[\w/-]+/g) ?? [];
