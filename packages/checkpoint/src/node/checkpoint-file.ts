import { inflateRawSync } from 'node:zlib';
import type { NpyArray } from '../npy.js';
import { npzChunks, openNpzSource, readNpzTexts, type NpzContents } from '../npz.js';
import type { Picklable } from '../pickle/pickler.js';
import type { PythonValue } from '../pickle/python-values.js';
import { decodeSafetensors, readTensor, safetensorsChunks, type Safetensors } from '../safetensors.js';
import { decodeTorchFile } from '../torch/decode-torch-file.js';
import { torchFileChunks } from '../torch/encode-torch-file.js';
import { writeFileAtomically } from './atomic-write.js';
import { fileSource } from './file-source.js';

/**
 * Reads a safetensors file into memory.
 *
 * @throws CheckpointError naming the file if it is not complete; the file system's error if it is missing
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const { tensors, metadata } = openSafetensors(path);
  const contents = Object.entries(tensors).map(([name, tensor]) => [name, readTensor(tensor)] as const);
  return { tensors: Object.fromEntries(contents), metadata };
}

/**
 * Reads the header of a safetensors file. The elements of a tensor are read each time its `data` is accessed,
 * so that the file is never whole in memory.
 *
 * @throws CheckpointError naming the file if it is not complete; the file system's error if it is missing
 */
export function openSafetensors(path: string): Safetensors {
  return decodeSafetensors(fileSource(path));
}

/**
 * Writes a safetensors file. A crash leaves the old file or the new one, never a part.
 *
 * @throws naming a tensor whose shape does not fit its elements; the file system's error
 */
export async function writeSafetensors(path: string, contents: Safetensors): Promise<void> {
  await writeFileAtomically(path, safetensorsChunks(contents));
}

/**
 * Opens a published `.pkl` file, or a `.pth` file of PyTorch (ZIP or legacy format), as {@link
 * decodeTorchFile} does. Its objects are read now, the elements of a tensor each time its `data` is accessed.
 *
 * @throws CheckpointError naming the file if it is damaged or not supported; the file system's error if it is
 *   missing
 */
export async function openTorchFile(path: string): Promise<PythonValue> {
  return decodeTorchFile(fileSource(path));
}

/**
 * Opens an `.npz` file of `numpy.savez` or `numpy.savez_compressed`. The elements of an array are read each time they are
 * requested; a compressed array is unpacked once, and then kept.
 *
 * @returns the arrays by their names, without `.npy`
 * @throws CheckpointError naming the file if it is damaged or not supported; the file system's error if it is
 *   missing
 */
export async function openNpz(path: string): Promise<Record<string, NpyArray>> {
  return openNpzSource(fileSource(path), inflate);
}

/**
 * Reads the arrays of texts (`<U...`) of an `.npz` file, of `numpy.savez` or `savez_compressed`, by name.
 *
 * @returns the texts of each in C order; arrays of numbers are left out
 * @throws CheckpointError naming the file if it is damaged; the file system's error if it is missing
 */
export async function openNpzTexts(path: string): Promise<Record<string, string[]>> {
  return readNpzTexts(fileSource(path), inflate);
}

function inflate(data: Uint8Array, size: number): Uint8Array {
  const unpacked = inflateRawSync(data, { maxOutputLength: Math.max(size, 1) });
  if (unpacked.length !== size) throw new Error(`it has ${unpacked.length} bytes instead of ${size}`);
  return unpacked;
}

/**
 * Writes an `.npz` file of uint8, float32 or float64 arrays, as `numpy.savez` does. A crash leaves the old
 * file or the new one, never a part.
 *
 * @throws if the elements of an array are not as many as its shape says; the file system's error
 */
export async function writeNpz(path: string, arrays: Readonly<Record<string, NpzContents>>): Promise<void> {
  await writeFileAtomically(path, npzChunks(arrays));
}

/**
 * Writes a `.pth` file that `torch.load` reads. A crash leaves the old file or the new one, never a part.
 *
 * @throws if the value contains objects of classes; the file system's error
 */
export async function writeTorchFile(path: string, value: Picklable): Promise<void> {
  await writeFileAtomically(path, torchFileChunks(value));
}
