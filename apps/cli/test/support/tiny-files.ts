import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startTestBackend } from '../../../../test-support/backend.js';
import { DDPMPP, PreconditionedNetwork, saveNetwork } from '@onestep/edm';
import { Rng } from '@onestep/random';
import { writeSafetensors } from '@onestep/checkpoint/node';

/** Writes `count` random 28x28 images with labels 0 to 9 in the format of MNIST. @returns the images file's path */
export async function writeIdxFiles(folder: string, count: number, seed = 1): Promise<string> {
  const rng = new Rng(seed);
  const images = Buffer.concat([header(0x803, count, 28, 28), Uint8Array.from(rng.integers(count * 28 * 28, 256))]);
  const labels = Buffer.concat([header(0x801, count), Uint8Array.from({ length: count }, (_, i) => i % 10)]);
  const path = join(folder, 'train-images-idx3-ubyte.gz');
  await writeFile(path, gzipSync(images));
  await writeFile(join(folder, 'train-labels-idx1-ubyte.gz'), gzipSync(labels));
  return path;
}

/** Writes an untrained diffusion model, small enough to step in milliseconds. @returns its path */
export async function writeTinyTeacher(folder: string, imgResolution = 32, labelDim = 10): Promise<string> {
  await startTestBackend();
  const model = { ...DDPMPP, modelChannels: 4, channelMult: [1, 1], numBlocks: 1, attnResolutions: [], dropout: 0 };
  const settings = { imgResolution, imgChannels: 1, labelDim, preconditioning: { scheme: 'edm' as const }, model };
  const network = new PreconditionedNetwork(settings, new Rng(3));
  const path = join(folder, `teacher-${imgResolution}-${labelDim}.safetensors`);
  await writeSafetensors(path, await saveNetwork(network));
  network.dispose();
  return path;
}

function header(magic: number, ...sizes: number[]): Buffer {
  const bytes = Buffer.alloc(4 * (1 + sizes.length));
  [magic, ...sizes].forEach((value, i) => bytes.writeUInt32BE(value, 4 * i));
  return bytes;
}
