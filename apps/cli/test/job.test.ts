import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runJob, whyNoMpi } from '../../../test-support/mpi.js';
import { programArguments } from '../../../test-support/program.js';

const missing = whyNoMpi('Open MPI');
if (missing !== null) console.warn(`Tests with Open MPI are skipped: ${missing}.`);
const program = await programArguments('apps/cli/src/main.ts');
const folder = await mkdtemp(join(tmpdir(), 'onestep-job-'));
afterAll(() => rm(folder, { recursive: true }));

/** Starts a command in one rank for each list of arguments. @returns the lines of this program, without the launcher's */
async function runCommand(...ranks: string[][]) {
  const { code, stderr } = await runJob(
    'Open MPI',
    ranks.map((args) => [...program, ...args]),
  );
  return { code, errors: stderr.split('\n').filter((line) => line.startsWith('error:')) };
}

describe.skipIf(missing !== null)('onestep with 2 ranks', () => {
  it('tells wrong usage once, and exits with 2', async () => {
    const args = ['edm', 'train', '--no-such-option'];
    expect(await runCommand(args, args)).toEqual({ code: 2, errors: ["error: unknown option '--no-such-option'"] });
  });

  it('refuses ranks with different options, and names one', async () => {
    const args = (batch: string) => ['edm', 'train', '--outdir', folder, '--data', folder, '--batch', batch];
    const { code, errors } = await runCommand(args('32'), args('64'));
    expect(code).toBe(1);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^error: Rank 1 on \S+ has another command line than rank 0 on .*--batch 64 instead of /);
  });
});
