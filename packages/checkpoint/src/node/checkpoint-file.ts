import { read, safetensorsChunks, decodeSafetensors, type Safetensors } from '../safetensors.js';
import { decodeNpz, type NpzArray } from '../npz.js';
import { npzChunks, type NpzContents } from '../npz-writer.js';
import type { PythonValue } from '../pickle/python-values.js';
import type { Picklable } from '../pickle/pickler.js';
import { torchFileChunks } from '../torch/encode-torch-file.js';
import { decodeTorchFile } from '../torch/decode-torch-file.js';
import { writeFileAtomically } from './atomic-write.js';
import { fileSource } from './file-source.js';

/** Reads a safetensors file. @throws naming the file if it is missing or not complete */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const { tensors, metadata } = openSafetensors(path);
  const contents = Object.entries(tensors).map(([name, tensor]) => [name, read(tensor)] as const);
  return { tensors: Object.fromEntries(contents), metadata };
}

/**
 * Reads only the header of a safetensors file: a tensor's elements are read each time they are asked for, so that the
 * file is never whole in memory.
 *
 * @throws naming the file if it is missing or not complete
 */
export function openSafetensors(path: string): Safetensors {
  return decodeSafetensors(fileSource(path));
}

/** Writes a safetensors file; a crash leaves the old file or the new one, never a part. */
export async function writeSafetensors(path: string, contents: Safetensors): Promise<void> {
  await writeFileAtomically(path, safetensorsChunks(contents));
}

/**
 * Opens a published `.pkl` or a `.pth` file of PyTorch (ZIP or legacy format). Its objects are read now, the elements of
 * its tensors each time they are asked for: see {@link decodeTorchFile}.
 *
 * @throws CheckpointError naming the file; the file system's error if it is missing
 */
export async function openTorchFile(path: string): Promise<PythonValue> {
  return decodeTorchFile(fileSource(path));
}

/** Opens an `.npz` file of `numpy.savez`: the elements of its arrays are read each time they are asked for. */
export async function openNpz(path: string): Promise<Record<string, NpzArray>> {
  return decodeNpz(fileSource(path));
}

/** Writes an `.npz` file of uint8, float32 or float64 arrays, as `numpy.savez` does; a crash leaves the old file or the new one, never a part. */
export async function writeNpz(path: string, arrays: Readonly<Record<string, NpzContents>>): Promise<void> {
  await writeFileAtomically(path, npzChunks(arrays));
}

/**
 * Writes a `.pth` file that `torch.load` reads; a crash leaves the old file or the new one, never a part.
 *
 * @throws if the value contains objects of classes
 */
export async function writeTorchFile(path: string, value: Picklable): Promise<void> {
  await writeFileAtomically(path, torchFileChunks(value));
}
