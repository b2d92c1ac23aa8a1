import { fileURLToPath } from 'node:url';
import { jaxPython } from '../peer-python.js';
import { isFloat32, PEER_NAMES, TORCH_PEERS, type PeerName } from '../torch-peers.js';
import { requireFastBlas, startWorker, type Worker } from '../worker.js';
import type { Mode, WorkSettings } from './settings.js';

/** What ours are compared with here: one of PyTorch's configurations, or JAX. Each runs in a process of its own. */
export type StepPeer = PeerName | 'jax';

export const STEP_PEERS: readonly StepPeer[] = [...PEER_NAMES, 'jax'];

/** What peer_jax.py does. */
export const JAX_MODES: readonly Mode[] = ['train', 'forward'];

/** Whether a peer computes in float32, so that its losses have to equal ours. */
export function hasFloat32Losses(peer: StepPeer): boolean {
  return peer === 'jax' || isFloat32(peer);
}

/**
 * Starts the process of a peer.
 *
 * @param python the interpreter of PyTorch's configurations; JAX has its own
 * @throws Error if there is no JAX, if it does not do this work, or if PyTorch uses a slow BLAS
 */
export async function startPeer(peer: StepPeer, settings: WorkSettings, python: string): Promise<Worker> {
  const { mode, threads } = settings;
  if (peer === 'jax') {
    requireJaxModes([mode]);
    return startWorker([jaxPython(), script('peer_jax.py'), JSON.stringify(settings)], threads);
  }
  const argument = JSON.stringify({ ...settings, torch: TORCH_PEERS[peer] });
  const worker = await startWorker([python, script('peer.py'), argument], threads);
  requireFastBlas(worker.hello);
  return worker;
}

/** @throws Error naming a mode that the peer `jax` does not have */
export function requireJaxModes(modes: readonly Mode[]): void {
  const other = modes.find((mode) => !JAX_MODES.includes(mode));
  if (other !== undefined) {
    throw new Error(
      `The peer jax does not do ${other}. Choose --mode ${JAX_MODES.join()}, or leave it out of --peers.`,
    );
  }
}

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
