import { createHash } from 'node:crypto';
import { decodeSafetensors, encodeSafetensors, type StateDict } from '@onestep/checkpoint';
import { gatherJson, type Communicator } from '../processes/communicator.js';
import { decodeTrainingState, encodeTrainingState, type TrainingState } from './training-state.js';

/**
 * Passes the training state of process 0 on to the others, which may not see its folder.
 *
 * @param own the state that process 0 found, null if there is none; not read in the others
 * @returns the state of process 0
 */
export async function shareState(own: TrainingState | null, communicator: Communicator): Promise<TrainingState | null> {
  if (communicator.size === 1) return own;
  const bytes = await communicator.broadcast(
    own === null ? new Uint8Array() : encodeSafetensors(encodeTrainingState(own)),
  );
  if (communicator.rank === 0) return own;
  return bytes.length === 0 ? null : decodeTrainingState(decodeSafetensors(bytes), 'The training state of rank 0');
}

/**
 * Finds the processes whose weights are not those of process 0. All of them make the same updates, so there are none as long as
 * their machines round alike.
 *
 * @returns their numbers and machines
 */
export async function findDrift(
  tensors: StateDict,
  communicator: Communicator,
): Promise<{ rank: number; host: string }[]> {
  if (communicator.size === 1) return [];
  const hash = createHash('sha256');
  for (const [name, { data }] of Object.entries(tensors)) {
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  const all = await gatherJson(communicator, { host: communicator.host, digest: hash.digest('hex') });
  return all.flatMap(({ host, digest }, rank) => (digest === all[0]!.digest ? [] : [{ rank, host }]));
}
