import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { jobCommand, jobEnvironment, runJob, whyNoMpi } from '../../../test-support/mpi.js';
import { TinyTrainings } from './support/tiny-trainings.js';

const missing = whyNoMpi('Open MPI');
if (missing !== null) console.warn(`Tests of killed ranks are skipped: ${missing}.`);

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

describe.skipIf(missing !== null)('onestep edm train with 2 ranks', () => {
  let trainings: TinyTrainings;
  beforeAll(async () => void (trainings = await TinyTrainings.create()));
  afterAll(() => rm(trainings.folder, { recursive: true }));

  it('ends when a rank is killed, and goes on to the same bits', async () => {
    const [file, ...rest] = jobCommand('Open MPI', trainings.onTwoRanks('killed'));
    const child = spawn(file!, rest, { env: jobEnvironment() });
    let output = '';
    let ranks: number[] = [];
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    child.stdout.on('data', (chunk: Buffer) => {
      const before = output;
      output += chunk.toString();
      if (!/tick 3 /.test(output) || /tick 3 /.test(before)) return;
      ranks = ranksOf(child.pid!);
      process.kill(ranks[1]!, 'SIGKILL');
    });
    expect(await ended).not.toBe(0);
    // The launcher may end before the other rank has: its run is locked until then.
    await vi.waitUntil(() => ranks.every((rank) => !existsSync(`/proc/${rank}`)), { timeout: 60_000 });
    expect(output).not.toContain('Done: ');
    const resumed = await runJob('Open MPI', trainings.onTwoRanks('killed'));
    expect(resumed).toMatchObject({ code: 0 });
    await runJob('Open MPI', trainings.onTwoRanks('whole'));
    expect(resumed.stdout).toMatch(/Continuing .* at 0\.0\d+ kimg/);
    expect(await trainings.weightsOf('killed')).toEqual(await trainings.weightsOf('whole'));
  });
});
