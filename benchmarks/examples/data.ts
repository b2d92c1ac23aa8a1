import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Rng } from '@onestep/random';

export const EXAMPLES = ['classifier', 'transformer'] as const;
export type Example = (typeof EXAMPLES)[number];

/** Number of batches that training cycles through. */
export const BATCHES = 8;

const FASHION_MNIST = '/usr/share/datasets/fashion-mnist';
const [IMAGES, PIXELS] = [64, 28 * 28];
const [SEQUENCES, LENGTH, TOKENS] = [16, 128, 256];

const WRITERS: Record<Example, () => { inputs: Float32Array | Int32Array; targets: Int32Array; source: string }> = {
  classifier: fashionImages,
  transformer: sequences,
};

/**
 * Writes the files `inputs` and `targets` of an example to a folder.
 *
 * @returns a description of the data
 */
export function writeData(example: Example, folder: string): string {
  const { inputs, targets, source } = WRITERS[example]();
  for (const [name, { buffer, byteOffset, byteLength }] of Object.entries({ inputs, targets })) {
    writeFileSync(join(folder, name), new Uint8Array(buffer, byteOffset, byteLength));
  }
  return source;
}

/** The first images of Fashion-MNIST (Debian's dataset-fashion-mnist), or noise if it is not installed. */
function fashionImages() {
  const count = BATCHES * IMAGES;
  const idx = (name: string, header: number) => gunzipSync(readFileSync(join(FASHION_MNIST, name))).subarray(header);
  if (!existsSync(FASHION_MNIST)) {
    const inputs = Float32Array.from(new Rng(0).uniform(count * PIXELS));
    return { inputs, targets: new Rng(1).integers(count, 10), source: 'random images' };
  }
  const images = idx('train-images-idx3-ubyte.gz', 16).subarray(0, count * PIXELS);
  const labels = idx('train-labels-idx1-ubyte.gz', 8).subarray(0, count);
  const inputs = Float32Array.from(images, (value) => value / 255);
  return { inputs, targets: Int32Array.from(labels), source: 'Fashion-MNIST' };
}

/** Sequences in which each token determines the next, with a little noise. */
function sequences() {
  const successor = new Rng(2).permutation(TOKENS);
  const noise = new Rng(3).uniform(BATCHES * SEQUENCES * (LENGTH + 1));
  const [inputs, targets] = [0, 1].map(() => new Int32Array(BATCHES * SEQUENCES * LENGTH)) as [Int32Array, Int32Array];
  for (let i = 0, token = 0; i < inputs.length; i++) {
    inputs[i] = token;
    token = noise[i]! < 0.1 ? Math.floor((noise[i]! / 0.1) * TOKENS) : successor[token]!;
    targets[i] = token;
  }
  return { inputs, targets, source: 'random sequences' };
}
