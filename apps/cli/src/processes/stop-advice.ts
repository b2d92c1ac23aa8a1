import type { Launch } from '@onestep/mpi';

/** Open MPI's parameter of the seconds that mpirun waits after one signal before it sends the next, as its processes see it. */
const VARIABLE = 'OMPI_MCA_odls_base_sigkill_timeout';
/** Its default. */
const SECONDS = 1;

/**
 * Watches how long the steps of a training take. Open MPI's mpirun kills its processes soon after it has asked them to stop: where a
 * step takes longer, the training state of the last tick is what remains. Its processes cannot change that.
 *
 * @param launch what started this process; null for nothing
 * @returns a function to be called after each step, with the milliseconds on a clock. It returns a line for the user, once, or null
 */
export function watchStops(
  launch: Launch | null,
  env: Readonly<Record<string, string | undefined>> = process.env,
): (now: number) => string | null {
  const given = Number(env[VARIABLE] ?? SECONDS);
  const pause = Number.isFinite(given) ? given : SECONDS;
  let steps = 0;
  let before = 0;
  return (now) => {
    steps += 1;
    const seconds = (now - before) / 1000;
    before = now;
    // The first step compiles, and a tick ends after it.
    if (launch?.launcher !== 'Open MPI' || steps !== 3 || seconds <= pause) return null;
    return (
      `A step takes ${seconds.toFixed(1)} s, and mpirun kills its processes ${pause} s after it has asked them to stop (Ctrl-C, SIGTERM): ` +
      'the run would resume from its last training state. To stop after a step: kill -USR2 PID of mpirun. Or start with mpirun --mca ' +
      `odls_base_sigkill_timeout ${Math.ceil(4 * seconds)}.`
    );
  };
}
