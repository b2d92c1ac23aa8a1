import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METHODS } from 'onestep';
import { SCHEMA, schemaText } from '../../../scripts/config-schema.js';
import { readmeOf, withOptionTable } from '../../../scripts/option-tables.js';

describe('the option tables of the READMEs', () => {
  it.each(METHODS)('$name: says what the method says (npm run docs:options writes it)', (method) => {
    const readme = readFileSync(readmeOf(method), 'utf8');
    expect(readme).toBe(withOptionTable(readme, method));
  });
});

describe('the JSON schema of files for --config', () => {
  it('says what the commands say (npm run docs:options writes it)', async () => {
    expect(readFileSync(SCHEMA, 'utf8')).toBe(await schemaText());
  });

  it('knows the kinds of values', async () => {
    const { $defs: known } = JSON.parse(await schemaText()) as { $defs: Record<string, { type?: unknown }> };
    expect(known['batch-gpu']).toMatchObject({ type: 'integer' });
    expect(known.lr).toMatchObject({ type: 'number' });
    expect(known.xflip).toMatchObject({ type: 'boolean', default: false });
    expect(known.cres).toMatchObject({ type: ['array', 'string', 'number'] });
    expect(known.arch).toMatchObject({ enum: ['ddpmpp', 'ncsnpp', 'adm'], default: 'ddpmpp' });
    expect(known.overwrite).toMatchObject({ type: 'boolean' });
    expect(known['onestep-edm-train']).toMatchObject({ additionalProperties: false });
  });
});
