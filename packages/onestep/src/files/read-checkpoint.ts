import { describeGenerator, networkMetadata, readGeneratorRecord } from '@onestep/diffusion-core';
import { torchToSafetensors, type ByteSource, type Safetensors } from '@onestep/checkpoint';
import type { CheckpointContents } from '../formats/checkpoint-contents.js';
import { findFormat, openFormat } from '../formats/registry.js';
import type { StatedSettings } from '../formats/stated-settings.js';
import { oneFile, type OpenedFiles } from './opened-files.js';
import { readFiles } from './read-contents.js';

/** How {@link readWeights} reads a network. */
export interface ReadWeightsOptions {
  /** Settings of the network that its file does not state. */
  settings?: StatedSettings;
  /** Noise level of the input of a one-step generator; it makes the network one. */
  initSigma?: number;
}

/** Weights as the contents of a safetensors file. */
export interface ReadWeights {
  contents: Safetensors;
  /** What was assumed because the file does not say it, in one line; null if nothing was. */
  note: string | null;
  assumed: readonly (keyof StatedSettings)[];
}

/**
 * Reads weights of any kind, of a network or of anything else: safetensors, `.pkl`, `.pth`, a folder of diffusers. Contents
 * tell which kind it is. A network of a known format gets its settings as metadata. The elements of a tensor are read each time
 * they are accessed.
 *
 * @throws CheckpointError naming the file if it is damaged or of another kind; RangeError if a setting contradicts the file
 */
export function readWeights(source: ByteSource | OpenedFiles, options: ReadWeightsOptions = {}): ReadWeights {
  const contents = readFiles('weights' in source ? source : oneFile(source));
  const format = findFormat(contents);
  if (format === undefined) return { contents: readOthers(contents), note: null, assumed: [] };
  const { snapshot, note = null, assumed = [] } = openFormat(format, contents, options);
  const { initSigma } = options;
  if (initSigma === undefined) return { contents: snapshot, note, assumed };
  const { settings, generator } = readGeneratorRecord(snapshot.metadata, contents.name);
  const described = describeGenerator(settings, { ...generator, initSigma });
  return {
    contents: { ...snapshot, metadata: { ...snapshot.metadata, ...networkMetadata(described) } },
    note,
    assumed,
  };
}

/** The contents of {@link readWeights} alone. */
export function readCheckpoint(source: ByteSource | OpenedFiles): Safetensors {
  return readWeights(source).contents;
}

function readOthers({ name, python, tensors, metadata }: CheckpointContents): Safetensors {
  return python === undefined ? { tensors, metadata: { ...metadata } } : torchToSafetensors(python, name);
}
