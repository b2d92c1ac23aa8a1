import { existsSync } from 'node:fs';
import { agree } from '@onestep/diffusion-core';
import { digestOf } from '../files/digest-of.js';
import { theCommunicator } from './communicator.js';

/**
 * Compares files between the processes that share a command, by their contents: they may be in another place on each host.
 *
 * @param paths by the options' names; what is not a file here, such as a name or a URL, is left out
 * @throws DisagreementError that names a process and the option
 */
export async function agreeOnFiles(paths: Readonly<Record<string, string | undefined>>): Promise<void> {
  const communicator = theCommunicator();
  if (communicator.size === 1) return;
  const digests: Record<string, string> = {};
  for (const [option, path] of Object.entries(paths)) {
    if (path !== undefined && existsSync(path)) digests[`file of --${option}`] = await digestOf(path);
  }
  await agree(communicator, digests);
}
