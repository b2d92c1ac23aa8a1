import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jupyterPython } from '../../../test-support/jupyter.js';
import { readNotebook, runNotebook } from '../../../test-support/notebook.js';
import { exampleArguments } from '../../../test-support/program.js';
import { findRuntime, RUNTIMES } from '../../../test-support/runtimes.js';
import { expectSameValues } from './support/cell-values.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const RUN_NOTEBOOK = fileURLToPath(new URL('../../../scripts/jupyter/run_notebook.py', import.meta.url));
const deno = findRuntime('deno');
const python = jupyterPython();

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'onestep-notebook-'))));
afterAll(() => rm(folder, { recursive: true }));

describe.skipIf(deno === null)('the notebook in Deno (skipped without npm run setup:runtime -- deno)', () => {
  it('its cells have the values that are stored in it', async () => {
    const notebook = await readNotebook();
    // The conditions come with the program.
    const args = RUNTIMES.deno.args.filter((arg) => !arg.startsWith('--conditions'));
    expectSameValues(notebook, await runNotebook(notebook, [deno!, ...args]));
  });

  it.skipIf(python === null)(
    "Deno's kernel shows them in Jupyter (skipped without npm run setup:jupyter)",
    async () => {
      const notebook = await readNotebook();
      // The package is not published yet: a bundle of its sources stands for it.
      const bundle = (await exampleArguments("export * from 'onestep';")).at(-1)!;
      const text = JSON.stringify(notebook).replace("from 'onestep'", `from '${pathToFileURL(bundle).href}'`);
      await writeFile(join(folder, 'one-step.ipynb'), text);
      const kernel = { argv: [deno, 'jupyter', '--kernel', '--conn', '{connection_file}'], display_name: 'Deno', language: 'typescript' }; // prettier-ignore
      await writeFile(join(folder, 'kernel.json'), JSON.stringify(kernel));
      const { stdout, stderr } = spawnSync(python!, [RUN_NOTEBOOK, join(folder, 'one-step.ipynb'), folder], { cwd: ROOT, encoding: 'utf8' }); // prettier-ignore
      const values = stdout.trimEnd().split('\n').at(-1)!;
      expect(values, stderr).toMatch(/^\[/);
      expectSameValues(notebook, JSON.parse(values) as Record<string, string>[]);
    },
  );
});
