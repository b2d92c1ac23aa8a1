import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { plainCaption } from '@onestep/checkpoint';
import { makeFolder, writeSafetensors } from '@onestep/checkpoint/node';
import { isExternal, type CaptionEncoder, type ExternalEncoderSettings } from '@onestep/diffusion-core';
import { EmbeddingTable, type EmbeddedCaption } from '../../text/embedding-table.js';
import { cacheFolder } from '../cache-folder.js';
import { openEmbeddings } from './open-embeddings.js';

/** Options of {@link encodeAll}. */
export interface EncodeAllOptions {
  /** Called as captions are encoded, with their number and the number in all. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the work, by throwing the signal's reason. */
  signal?: AbortSignal;
}

/** Captions between two calls of `onProgress`. */
const GROUP = 16;

/**
 * Encodes all captions of a data set at once. What an ONNX model returns is kept in `text-embeddings` of the cache folder, a
 * file of embeddings by the digest of the model and of the captions: a run that is resumed, or another one of the same
 * captions, reads it.
 *
 * @returns the embeddings, with the settings of the encoder
 * @throws RangeError naming captions that cannot be encoded; the signal's reason if it fires
 */
export async function encodeAll(
  encoder: CaptionEncoder,
  captions: Iterable<string>,
  { onProgress, signal }: EncodeAllOptions = {},
): Promise<EmbeddingTable> {
  const { settings } = encoder;
  if (!isExternal(settings)) throw new Error('An encoder that is part of a model file encodes captions as they come.');
  const all = [...new Set([...captions].map(plainCaption))].filter((caption) => caption !== '').sort();
  const place = settings.type === 'onnx' && all.length > 0 ? cachePath(settings, all) : null;
  const known = place === null ? null : await readCached(place, settings, all);
  if (known !== null) return known;
  const embedded: EmbeddedCaption[] = [];
  for (let start = 0; start < all.length; start += settings.type === 'onnx' ? GROUP : all.length) {
    signal?.throwIfAborted();
    const group = settings.type === 'onnx' ? all.slice(start, start + GROUP) : all;
    const rows = await encoder.rows(group);
    for (const [i, caption] of group.entries()) embedded.push([caption, rows[i]!]);
    onProgress?.(embedded.length, all.length);
  }
  if (place !== null) await writeCached(place, settings, embedded);
  return new EmbeddingTable(settings, embedded, settings.name);
}

function cachePath({ digest }: ExternalEncoderSettings, captions: readonly string[]): string {
  const key = createHash('sha256')
    .update(JSON.stringify([digest, captions]))
    .digest('hex');
  return join(cacheFolder(), 'text-embeddings', `${key}.safetensors`);
}

/** @returns null if the file is not there, or damaged */
async function readCached(
  path: string,
  settings: ExternalEncoderSettings,
  captions: readonly string[],
): Promise<EmbeddingTable | null> {
  try {
    const table = await openEmbeddings(path);
    const isWhole = table.dim === settings.size && captions.every((caption) => table.knows(caption));
    if (!isWhole) return null;
    const rows = await table.rows(captions);
    return new EmbeddingTable(
      settings,
      captions.map((caption, i) => [caption, rows[i]!]),
      settings.name,
    );
  } catch {
    return null;
  }
}

/** Writes a file of embeddings. A failure is only reported: they can be computed again. */
async function writeCached(
  path: string,
  { name, size }: ExternalEncoderSettings,
  embedded: readonly EmbeddedCaption[],
): Promise<void> {
  const data = new Float32Array(embedded.length * size);
  for (const [i, [, row]] of embedded.entries()) data.set(row, i * size);
  const prompts = JSON.stringify(embedded.map(([caption]) => caption));
  try {
    await makeFolder(join(cacheFolder(), 'text-embeddings'));
    await writeSafetensors(path, {
      tensors: { embeddings: { shape: [embedded.length, size], data } },
      metadata: { prompts, encoder: name },
    });
  } catch (error) {
    console.error(`The embeddings of the captions could not be kept: ${(error as Error).message}`);
  }
}
