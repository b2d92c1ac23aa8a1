import { agree } from '@onestep/diffusion-core';
import type { FileDigests } from '../training/run-files.js';
import { theCommunicator } from './communicator.js';

/**
 * Compares the options of a run and its files between the processes that share it. Files are compared by their contents: they may be
 * in another place on each host.
 *
 * @param digests by `command_line.` and the option, or by what else the file is
 * @throws DisagreementError that names a process and what differs
 */
export async function agreeOnRun(options: object, digests: FileDigests): Promise<void> {
  const communicator = theCommunicator();
  if (communicator.size === 1) return;
  const others = Object.entries(options)
    .filter(([name]) => !(`command_line.${name}` in digests))
    .map(([name, value]) => [flagOf(name), value as unknown]);
  const files = Object.entries(digests).map(([name, digest]) => [fileName(name), digest]);
  await agree(communicator, Object.fromEntries([...files, ...others]) as Record<string, unknown>);
}

/** What a file is called in messages: that of an option, or of something else. */
function fileName(name: string): string {
  return name.startsWith('command_line.') ? `file of ${flagOf(name)}` : `file of the ${name}`;
}

/** `command_line.edmModel` as it is typed: `--edm-model`. */
function flagOf(name: string): string {
  return `--${name.replace('command_line.', '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
