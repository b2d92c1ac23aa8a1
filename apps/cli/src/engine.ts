import { BackendError, startBackend, type BackendName } from '@onestep/backends';
import { UserError } from './user-error.js';

/** Starts the engine a command computes with. @throws UserError saying what is missing */
export async function startEngine(name: BackendName): Promise<void> {
  try {
    await startBackend(name);
  } catch (error) {
    throw error instanceof BackendError ? new UserError(error.message) : error;
  }
}
