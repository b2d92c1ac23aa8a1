/** Runs the notebook of the documentation in Node and writes the values of its cells into it: `npm run notebooks`. */
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { NOTEBOOK, readNotebook, runNotebook } from '../test-support/notebook.js';
import { fileURLToPath } from 'node:url';

const notebook = await readNotebook();
const values = await runNotebook(notebook);
const cells = notebook.cells.filter(({ cell_type: type }) => type === 'code');
for (const [i, cell] of cells.entries()) {
  const data = values[i] ?? null;
  const count = i + 1;
  cell.execution_count = count;
  cell.outputs = data === null ? [] : [{ output_type: 'execute_result', execution_count: count, metadata: {}, data }];
}
await writeFileAtomically(fileURLToPath(NOTEBOOK), `${JSON.stringify(notebook, null, 1)}\n`);
