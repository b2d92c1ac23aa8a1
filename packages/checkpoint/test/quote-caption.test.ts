import { expect, it } from 'vitest';
import { quoteCaption } from '../src/index.js';

it('quoteCaption cuts a long caption between characters', () => {
  expect(quoteCaption('a "red" star')).toBe('"a \\"red\\" star"');
  expect(quoteCaption('x'.repeat(100))).toBe(`"${'x'.repeat(100)}"`);
  expect(quoteCaption('\u{1F600}'.repeat(5000))).toBe(`"${'\u{1F600}'.repeat(100)}..."`);
});
