import { gatherJson, type Communicator } from './communicator.js';

/** Processes that should do the same were started differently. */
export class DisagreementError extends Error {
  override readonly name = 'DisagreementError';
}

/**
 * Compares values between the processes, which all have to pass the same names.
 *
 * @param values JSON values by the names that the message calls them
 * @throws DisagreementError in all processes, which names a process, its host and what differs, if they are not equal
 */
export async function agree(communicator: Communicator, values: Readonly<Record<string, unknown>>): Promise<void> {
  const all = await gatherJson(communicator, { host: communicator.host, values });
  const [first] = all;
  for (const [rank, { host, values: others }] of all.entries()) {
    const name = Object.keys({ ...first!.values, ...others }).find(
      (key) => JSON.stringify(first!.values[key]) !== JSON.stringify(others[key]),
    );
    if (name === undefined) continue;
    throw new DisagreementError(
      `Rank ${rank} on ${host} has another ${name} than rank 0 on ${first!.host}: ${text(others[name])} instead of ` +
        `${text(first!.values[name])}. All processes have to run the same program, with the same options and files.`,
    );
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}
