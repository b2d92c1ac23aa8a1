import { expect, it } from 'vitest';
import { watchStops } from '../src/processes/stop-advice.js';

const OPEN_MPI = { launcher: 'Open MPI', rank: 0 } as const;

/** What is said after steps that end at these seconds. */
const saidAfter = (seconds: readonly number[], ...args: Parameters<typeof watchStops>) => {
  const watch = watchStops(...args);
  return seconds.map((now) => watch(1000 * now));
};

it('who starts long steps with mpirun is told once how to stop them in good order', () => {
  const [first, second, third, ...later] = saidAfter([60, 63, 66, 69, 99], OPEN_MPI, {});
  expect([first, second, ...later]).toEqual([null, null, null, null]);
  expect(third).toMatch(/^A step takes 3\.0 s, and mpirun kills its processes 1 s after .*kill -USR2 .*_timeout 12\.$/);
});

it('nothing is said where the time is enough, or others started the processes', () => {
  const seconds = [60, 63, 66];
  const variable = 'OMPI_MCA_odls_base_sigkill_timeout';
  for (const said of [
    saidAfter([9, 9.5, 10], OPEN_MPI, {}),
    saidAfter(seconds, OPEN_MPI, { [variable]: '12' }),
    saidAfter(seconds, { launcher: 'MPICH', rank: 0 }, {}),
    saidAfter(seconds, null, {}),
  ]) {
    expect(said).toEqual([null, null, null]);
  }
  expect(saidAfter(seconds, OPEN_MPI, { [variable]: '2' })[2]).toContain('2 s after');
});
