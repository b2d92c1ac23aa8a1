import { encodeSafetensors } from '@onestep/checkpoint';
import { readTrainingOptions, readTrainingState } from '@onestep/diffusion-core/node';
import { encodeTrainingState } from '../../../packages/diffusion-core/src/node/training-state.js';
import type { HostileKind } from '../hostile-kind.js';

const STATE = 'training-state-000001.safetensors';
const OPTIONS = 'training_options.json';

export async function readRunFolder(path: string): Promise<void> {
  await readTrainingOptions(path);
}

/** What a run resumes from. */
export function runFolderKinds(): HostileKind[] {
  const moments = { 'Loss/loss': { num: 3, mean: 0.5, squares: 1 } };
  const progress = { imagesSeen: 1000, tick: 1, tickStart: 500, tickSeconds: 1, totalSeconds: 2, moments };
  const state = encodeSafetensors(
    encodeTrainingState({
      task: { tensors: { 'net.weight': { shape: [4], data: new Float32Array(4) } }, values: { rng: { counter: [1] } } },
      progress,
      statsBytes: 100,
    }),
  );
  const options = Buffer.from(JSON.stringify({ batch: 4, network: { channels: 8 }, data: 'a.zip' }));
  return [
    {
      name: 'run folder: training state',
      files: { [STATE]: state },
      target: STATE,
      entry: STATE,
      read: async (path) => void (await readTrainingState(path)),
    },
    {
      name: 'run folder: options',
      files: { [OPTIONS]: options },
      target: OPTIONS,
      entry: '.',
      read: readRunFolder,
    },
  ];
}
