import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobCommand, jobEnvironment, runJob, whyNoMpi, type FinishedJob } from '../../../test-support/mpi.js';
import { runCli } from './support/cli.js';
import { TinyTrainings } from './support/tiny-trainings.js';

const missing = whyNoMpi('Open MPI');
if (missing !== null) console.warn(`Tests of trainings on Open MPI are skipped: ${missing}.`);

describe.skipIf(missing !== null)('onestep edm train with 2 ranks', () => {
  let trainings: TinyTrainings;
  let whole: FinishedJob;
  beforeAll(async () => {
    trainings = await TinyTrainings.create();
    whole = await runJob('Open MPI', trainings.onTwoRanks('whole'));
  });
  afterAll(() => rm(trainings.folder, { recursive: true }));

  it('is the training of one process: its files, and its weights up to rounding', async () => {
    const alone = await runCli(trainings.args('alone'));
    expect([whole, alone]).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(whole.stdout.match(/^Done: /gm)).toHaveLength(1);
    const [files, ownFiles] = await Promise.all(
      ['whole', 'alone'].map((name) => readdir(join(trainings.folder, name))),
    );
    expect(files).toEqual(ownFiles);
    const [shared, own] = [await trainings.weightsOf('whole'), await trainings.weightsOf('alone')];
    for (const [name, { data }] of Object.entries(own)) {
      const other = shared[name]!.data as Float32Array;
      const worst = Math.max(...(data as Float32Array).map((value, i) => Math.abs(value - other[i]!)));
      expect(worst, name).toBeLessThan(1e-4);
    }
  });

  it('ends when a rank is killed, and goes on to the same bits when it is started again at once', async () => {
    const [file, ...rest] = jobCommand('Open MPI', trainings.onTwoRanks('killed'));
    const child = spawn(file!, rest, { env: jobEnvironment() });
    let output = '';
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    child.stdout.on('data', (chunk: Buffer) => {
      const before = output;
      output += chunk.toString();
      if (!/tick 3 /.test(output) || /tick 3 /.test(before)) return;
      process.kill(ranksOf(child.pid!)[1]!, 'SIGKILL');
    });
    expect(await ended).not.toBe(0);
    expect(output).not.toContain('Done: ');
    // The launcher may end before the other rank has: that one holds the run's lock until then.
    const resumed = await runJob('Open MPI', trainings.onTwoRanks('killed'));
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stdout).toMatch(/Continuing .* at 0\.0\d+ kimg/);
    expect(await trainings.weightsOf('killed')).toEqual(await trainings.weightsOf('whole'));
  });
});

/** Process numbers of the ranks that a launcher started, by their places in the job. */
function ranksOf(launcher: number): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        return readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ')[1]!.split(' ')[1] === String(launcher);
      } catch {
        return false;
      }
    })
    .map(Number)
    .sort((a, b) => a - b);
}
