import { ALONE } from '@onestep/diffusion-core';
import { afterEach, expect, it } from 'vitest';
import { setCommunicator } from '../src/processes/communicator.js';
import { runHere } from './support/run-here.js';

afterEach(() => setCommunicator(ALONE));

it('commands that would write the same files in each of several processes are refused there', async () => {
  setCommunicator({ ...ALONE, size: 2 });
  const alone = (work: string) => ({
    exitCode: 2,
    message: `${work} in one process, and this is one of 2: start it without mpirun, mpiexec or srun.`,
  });
  await expect(runHere(['dataset', 'info', 'no.zip'])).rejects.toMatchObject(
    alone('onestep dataset info does its work'),
  );
  await expect(runHere(['quickstart'])).rejects.toMatchObject(alone('onestep quickstart does its work'));
  // A shared one goes on, to its own mistake.
  await expect(runHere(['generate', '--network', 'no.safetensors', '--outdir', 'no'])).rejects.toThrow(
    /no\.safetensors/,
  );
});
