import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runJob, whyNoMpi } from '../../../test-support/mpi.js';
import { runCli } from './support/cli.js';
import { TinyTrainings } from './support/tiny-trainings.js';

const missing = whyNoMpi('Open MPI');
if (missing !== null) console.warn(`Tests of trainings on Open MPI are skipped: ${missing}.`);

describe.skipIf(missing !== null)('onestep edm train with 2 ranks', () => {
  let trainings: TinyTrainings;
  beforeAll(async () => void (trainings = await TinyTrainings.create()));
  afterAll(() => rm(trainings.folder, { recursive: true }));

  it('is the training of one process: its files, and its weights up to rounding', async () => {
    const job = await runJob('Open MPI', trainings.onTwoRanks('shared'));
    const alone = await runCli(trainings.args('alone'));
    expect([job, alone]).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(job.stdout.match(/^Done: /gm)).toHaveLength(1);
    const [files, ownFiles] = await Promise.all(
      ['shared', 'alone'].map((name) => readdir(join(trainings.folder, name))),
    );
    expect(files).toEqual(ownFiles);
    const [shared, own] = [await trainings.weightsOf('shared'), await trainings.weightsOf('alone')];
    for (const [name, { data }] of Object.entries(own)) {
      const other = shared[name]!.data as Float32Array;
      const worst = Math.max(...(data as Float32Array).map((value, i) => Math.abs(value - other[i]!)));
      expect(worst, name).toBeLessThan(1e-4);
    }
  });
});
