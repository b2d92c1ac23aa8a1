import type { TorchSettings } from './train-step/settings.js';

/** PyTorch's configurations that ours are compared with, by name. Each runs in a process of its own. */
export const TORCH_PEERS = {
  eager: {},
  channels_last: { channels_last: true },
  compile: { compile: true },
  'compile-bf16': { compile: true, channels_last: true, precision: 'bf16' },
} as const satisfies Record<string, TorchSettings>;

export type PeerName = keyof typeof TORCH_PEERS;

export const PEER_NAMES = Object.keys(TORCH_PEERS) as PeerName[];

/** Whether a peer computes in float32, so that its results have to equal ours. */
export function isFloat32(name: PeerName): boolean {
  return !('precision' in TORCH_PEERS[name]);
}

/**
 * Reads a list of names.
 *
 * @param what they are, for messages
 * @throws Error naming one that is not known, and those that are
 */
export function chooseNames<T extends string>(what: string, given: string, known: readonly T[]): T[] {
  const chosen = given.split(',').filter((name) => name !== '');
  const unknown = chosen.find((name) => !known.includes(name as T));
  if (unknown !== undefined) throw new Error(`Unknown ${what} ${unknown}. Available: ${known.join(', ')}.`);
  return chosen as T[];
}
