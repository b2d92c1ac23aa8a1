import { afterAll, describe, expect, it } from 'vitest';
import { runJob, whyNoMpi } from '../../../test-support/mpi.js';
import { programArguments } from '../../../test-support/program.js';
import { makeHosts } from './support/hosts.js';

const hosts = whyNoMpi('Open MPI') ?? makeHosts();
if (typeof hosts === 'string') console.warn(`Tests with two hosts are skipped: ${hosts}.`);
afterAll(() => (typeof hosts === 'string' ? undefined : hosts.remove()));

describe.skipIf(typeof hosts === 'string')('two hosts, as network namespaces', () => {
  const options = typeof hosts === 'string' ? [] : hosts.options;

  it('sum, broadcast and gather over TCP', async () => {
    const program = await programArguments('packages/mpi/test/support/calls.ts');
    const { code, stdout, stderr } = await runJob('Open MPI', [program, program], options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const found = JSON.parse(stdout) as Record<string, unknown>;
    expect(found).toMatchObject({ size: 2, localSize: 1, singles: [2, 1, 1], long: [1, 3, 3, 1] });
    expect(found.differs).toMatch(
      /^Rank 1 on onestep2 has another --batch than rank 0 on onestep1: 64 instead of 32\./,
    );
  });

  it('end together when one fails', async () => {
    const program = await programArguments('packages/mpi/test/support/failing.ts');
    const { code, stdout } = await runJob('Open MPI', [program, program], options);
    expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
  });
});
