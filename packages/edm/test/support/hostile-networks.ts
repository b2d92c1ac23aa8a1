import {
  CheckpointError,
  decodeSafetensors,
  decodeTorchFile,
  encodeSafetensors,
  type PythonValue,
} from '@onestep/checkpoint';
import { Rng } from '@onestep/random';
import { mutate } from '../../../../test-support/mutations.js';
import { publishedPickle } from '../../../../test-support/published-pickle.js';
import {
  loadNetwork,
  loadPublishedNetwork,
  PreconditionedNetwork,
  saveNetwork,
  settingsFromPublished,
} from '../../src/index.js';

const ARGUMENTS = {
  img_resolution: 8,
  img_channels: 1,
  label_dim: 3,
  model_type: 'SongUNet',
  model_channels: 8,
  channel_mult: [1, 2],
  channel_mult_emb: 2,
  num_blocks: 1,
  attn_resolutions: [4],
  augment_dim: 9,
  resample_filter: [1, 1],
};

/** Files of one small network, as this program saves it and as the published code does. */
export async function smallNetworkFiles(): Promise<{ safetensors: Uint8Array; pickle: Uint8Array }> {
  const network = new PreconditionedNetwork(settingsFromPublished('EDMPrecond', ARGUMENTS), new Rng(1));
  const saved = await saveNetwork(network);
  network.dispose();
  return {
    safetensors: encodeSafetensors(saved),
    pickle: publishedPickle({ className: 'EDMPrecond', initKwargs: ARGUMENTS, tensors: saved.tensors }),
  };
}

/** Loads mutated files of a network. @returns what was neither a network nor a clear error, by seed */
export async function loadMutated(firstSeed: number, count: number): Promise<{ problems: string[]; loaded: number }> {
  const { safetensors, pickle } = await smallNetworkFiles();
  const result = { problems: [] as string[], loaded: 0 };
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    try {
      const network =
        seed % 2 === 0
          ? loadNetwork(decodeSafetensors(mutateDescription(safetensors, seed), 'file'), 'file')
          : loadPublishedNetwork(decodeTorchFile(mutate(pickle, seed), 'file'), 'file');
      network.dispose();
      result.loaded++;
    } catch (error) {
      const isClear = error instanceof CheckpointError && error.message.startsWith('file: ');
      if (!isClear) result.problems.push(`seed ${seed}: ${(error as Error).stack}`);
    }
  }
  return result;
}

/** Changes the header of a safetensors file, and states its length anew. */
function mutateDescription(file: Uint8Array, seed: number): Uint8Array {
  const end = 8 + Number(Buffer.from(file).readBigUInt64LE(0));
  const header = mutate(file.subarray(8, end), seed);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, file.subarray(end)]);
}

/** A file of the small network whose settings say something else. */
export async function withSettings(change: Record<string, unknown>): Promise<PythonValue> {
  const { safetensors } = await smallNetworkFiles();
  const { tensors } = decodeSafetensors(safetensors);
  return decodeTorchFile(
    publishedPickle({ className: 'EDMPrecond', initKwargs: { ...ARGUMENTS, ...change }, tensors }),
  );
}
