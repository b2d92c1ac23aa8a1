import { expect, it } from 'vitest';
import { readNotebook, runNotebook } from '../../../test-support/notebook.js';
import { examplesOf, runExample } from '../../../test-support/readme.js';
import { expectSameValues } from './support/cell-values.js';

it('the cells of the notebook have the values that are stored in it', async () => {
  const notebook = await readNotebook();
  const values = await runNotebook(notebook);
  expect(values).toHaveLength(3);
  expectSameValues(notebook, values);
});

it('the example of the documentation prints what it says', async () => {
  const [example] = await examplesOf('docs/notebooks.md');
  expect(await runExample(example!)).toBe('true data:image/png;base64,\n');
});
