import * as tf from '@tensorflow/tfjs-core';
import { exportOnnx, runOnnx, type OnnxTensor } from '@onestep/backends/onnx';
import { CheckpointError } from '@onestep/checkpoint';
import type { Denoiser, Generator } from '@onestep/diffusion-core';
import { exportedDenoiser } from './exported-denoiser.js';
import { exportedGenerator } from './exported-generator.js';
import type { ExportedNetwork, OnnxDescription } from './exported-network.js';

export type { OnnxDescription };

/** Batches that a file is tried with. */
const TRIED_BATCHES = [1, 3];
/** Largest difference of an exported network from our own engine, relative to the largest number. Seen: 1e-6. */
const MAX_DIFFERENCE = 1e-4;

/** An ONNX file that was run and compared. */
export interface OnnxFile {
  bytes: Uint8Array;
  /** Inputs in order, by name: type, shape and meaning. */
  inputs: Record<string, string>;
  /** The output, by name: type, shape and meaning. */
  outputs: Record<string, string>;
  /** Largest difference between ONNX Runtime's results and those of our own engine, absolute. */
  difference: number;
}

/**
 * Exports a one-step generator as an ONNX file: inputs `z` and, with classes, `labels`; output `images` in [-1, 1]; any batch
 * size. The file has been run by ONNX Runtime and compared with the generator before this returns.
 *
 * @param generator any generator, on the engine `ort`, which has to be the current one
 * @param description what its metadata say
 * @param name the generator's, for messages
 * @throws CheckpointError if the generator cannot be exported, or the file does not compute the same images
 */
export function generatorToOnnx(
  generator: Generator,
  description: OnnxDescription & { initSigma?: number } = {},
  name = 'generator',
): Promise<OnnxFile> {
  return toOnnx(exportedGenerator(generator, description), name);
}

/**
 * Exports a denoiser as an ONNX file: inputs `x`, `sigma` and, with classes, `labels`; output `denoised`; any batch size. The
 * file has been run by ONNX Runtime and compared with the denoiser before this returns.
 *
 * @param denoiser any denoiser, on the engine `ort`, which has to be the current one
 * @param description what its metadata say
 * @param name the denoiser's, for messages
 * @throws CheckpointError if the denoiser cannot be exported, or the file does not compute the same images
 */
export function denoiserToOnnx(
  denoiser: Denoiser,
  description: OnnxDescription = {},
  name = 'denoiser',
): Promise<OnnxFile> {
  return toOnnx(exportedDenoiser(denoiser, description), name);
}

async function toOnnx(network: ExportedNetwork, name: string): Promise<OnnxFile> {
  const { compute, inputs: about, output } = network;
  const inputs = Object.fromEntries(Object.entries(about).map(([input, entry]) => [input, entry.about]));
  const outputs = { [output.name]: output.about };
  const described = { inputs: JSON.stringify(inputs), outputs: JSON.stringify(outputs) };
  let bytes: Uint8Array;
  try {
    bytes = exportOnnx(compute, about, { metadata: { ...network.metadata, ...described } });
  } catch (error) {
    const reason = (error as Error).message.replace(/\.$/, '');
    throw new CheckpointError(name, `it cannot be exported to ONNX: ${reason}`, { cause: error });
  }
  return { bytes, inputs, outputs, difference: await compare(network, bytes, name) };
}

/** Runs the file and the network on the same inputs. @returns the largest difference, absolute */
async function compare(
  { compute, output, example }: ExportedNetwork,
  bytes: Uint8Array,
  name: string,
): Promise<number> {
  let largest = 0;
  for (const n of TRIED_BATCHES) {
    const inputs = example(n);
    const expected = await computeHere(compute, inputs, output.name);
    const actual = runOnnx(bytes, inputs, [output.name])[output.name]!;
    const difference = largestDifference(actual.data as Float32Array, expected.data as Float32Array);
    const magnitude = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    if (expected.data.some(Number.isNaN))
      throw new CheckpointError(name, 'it returns NaN, so there is nothing to export');
    if (actual.shape.join() !== expected.shape.join() || !(difference <= MAX_DIFFERENCE * magnitude)) {
      const found = `ONNX Runtime returns numbers of shape [${actual.shape}] that differ by up to ${difference}`;
      throw new CheckpointError(name, `the exported file does not compute what the network does: ${found}`);
    }
    largest = Math.max(largest, difference);
  }
  return largest;
}

async function computeHere(
  compute: ExportedNetwork['compute'],
  inputs: Record<string, OnnxTensor>,
  output: string,
): Promise<{ shape: number[]; data: Float32Array }> {
  const result = tf.tidy(() => {
    const tensors = Object.values(inputs).map(({ data, shape }) => tf.tensor(data, [...shape], 'float32'));
    return compute(...tensors)[output]!;
  });
  const data = (await result.data()) as Float32Array;
  result.dispose();
  return { shape: result.shape, data };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}
