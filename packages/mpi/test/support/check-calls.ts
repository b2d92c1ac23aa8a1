import { expect } from 'vitest';
import { programArguments } from '../../../../test-support/program.js';
import { runJob, type MpiName } from '../../../../test-support/mpi.js';

/** Makes every call on two ranks, and checks what they return. */
export async function checkCalls(name: MpiName): Promise<void> {
  const program = await programArguments('packages/mpi/test/support/calls.ts');
  const { code, stdout, stderr } = await runJob(name, [program, program]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  // After it, UCX below MPICH warns of the note that nobody waited for.
  const { library, differs, ...found } = JSON.parse(stdout.split('\n')[0]!) as Record<string, unknown>;
  expect(library).toContain(name);
  expect(differs).toMatch(/^Rank 1 on \S+ has another --batch than rank 0 on \S+: 64 instead of 32\./);
  expect(found).toEqual({
    size: 2,
    localSize: 2,
    singles: [2, 1, 1],
    doubles: [2 ** -39 + 1],
    long: [1, 3, 3, 1],
    broadcast: 'from rank 0',
    gathered: [
      [0, true],
      [100_000, true],
    ],
    inOrder: [2, 20],
    turns: true,
    late: null,
  });
}

/** Rank 1 exits while rank 0 waits: the job ends with rank 1's exit code. */
export async function checkFailure(name: MpiName): Promise<void> {
  const program = await programArguments('packages/mpi/test/support/failing.ts');
  const { code, stdout } = await runJob(name, [program, program]);
  expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
}
