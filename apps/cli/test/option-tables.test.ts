import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METHODS } from 'onestep';
import { readmeOf, withOptionTable } from '../../../scripts/option-tables.js';

describe('the option tables of the READMEs', () => {
  it.each(METHODS)('$name: says what the method says (npm run docs:options writes it)', (method) => {
    const readme = readFileSync(readmeOf(method), 'utf8');
    expect(readme).toBe(withOptionTable(readme, method));
  });
});
