import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectPorts, PortCommunicator } from '@onestep/diffusion-core';
import { expect, it } from 'vitest';
import { findRecipes } from '../src/compare/recipes.js';
import { runCompare } from '../src/compare/run.js';
import { writeTinyTeacher } from './support/tiny-files.js';

it('a comparison that processes share has the numbers of one process, to rounding, and is not repeated', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onestep-shared-compare-'));
  const { log, error } = console;
  console.log = console.error = () => {};
  try {
    const options = {
      ...{ teacher: await writeTinyTeacher(folder), recipes: await findRecipes(['diff-instruct']), areChosen: true },
      ...{ teacherSteps: [1], batch: 8, kimg: 0.04, num: 20, seed: 1, backend: 'ort' as const },
    };
    const alone = await runCompare({ ...options, outdir: join(folder, 'alone') });
    const share = () =>
      Promise.all(
        connectPorts(2).map((member) =>
          runCompare({ ...options, outdir: join(folder, 'shared') }, new PortCommunicator(member)),
        ),
      );
    const [first, second] = await share();
    const fids = (results: typeof alone) => results!.rows.map(({ fid }) => fid);
    expect(fids(first!)).toEqual(fids(second!));
    expect(fids(first!)).toHaveLength(6);
    fids(first!).forEach((fid, i) => expect(Math.abs(fid / fids(alone)[i]! - 1), `row ${i}`).toBeLessThan(1e-3));
    const file = await readFile(join(folder, 'shared/results.json'), 'utf8');
    expect(JSON.parse(file)).toMatchObject({ rows: first!.rows });
    expect((await share())[1]!.rows).toEqual(first!.rows);
    expect(await readFile(join(folder, 'shared/results.json'), 'utf8')).toBe(file);
  } finally {
    Object.assign(console, { log, error });
    await rm(folder, { recursive: true });
  }
});
