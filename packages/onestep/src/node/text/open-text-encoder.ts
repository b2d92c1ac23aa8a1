import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { CaptionEncoder } from '@onestep/diffusion-core';
import type { TextPooling } from '../../text/tabulate-embeddings.js';
import { sha256OfFile } from '../content-digest.js';
import { CaptionTokenizer } from './caption-tokenizer.js';
import { OnnxTextEncoder } from './onnx-text-encoder.js';
import { openEmbeddings } from './open-embeddings.js';

const TOKENIZER = 'tokenizer.json';
/** Names of a text encoder in a folder with several models, the best first. */
const MODELS = ['text_model.onnx', 'text_encoder.onnx', 'encoder_model.onnx', 'model.onnx'];

/** Options of {@link openTextEncoder}. */
export interface TextEncoderOptions {
  /** `mean` takes the mean over the tokens, where a file has embeddings of each, or a model has another embedding, too. */
  pooling?: TextPooling;
}

/**
 * Opens a text encoder, which makes the labels of a network of captions.
 *
 * @param path a file of embeddings (`.safetensors`, `.npz`, `.npy`; {@link openEmbeddings}), an ONNX file with `tokenizer.json`
 *   next to it or in the folder above, or a folder with both
 * @throws RangeError or CheckpointError naming the file and what is wrong with it
 */
export async function openTextEncoder(path: string, { pooling }: TextEncoderOptions = {}): Promise<CaptionEncoder> {
  if (!existsSync(path)) {
    throw new RangeError(
      `There is no text encoder ${path}: give a file of embeddings (.safetensors, .npz, .npy), an ONNX file, or a folder with one.`,
    );
  }
  const isFolder = statSync(path).isDirectory();
  if (!isFolder && /\.json$/i.test(path)) {
    throw new RangeError(
      `${path} is a part of a text encoder: give its folder, the ONNX file in it, or a file of embeddings (.safetensors, .npz, .npy).`,
    );
  }
  if (!isFolder && !/\.onnx$/i.test(path)) return openEmbeddings(path, { pooling });
  const model = isFolder ? findModel(path) : path;
  const tokenizer = [dirname(model), dirname(resolve(dirname(model)))]
    .map((folder) => join(folder, TOKENIZER))
    .find((file) => existsSync(file));
  if (tokenizer === undefined) {
    throw new RangeError(
      `${model} needs its tokenizer: put ${TOKENIZER} next to it. tokenizer.save_pretrained(FOLDER) writes it.`,
    );
  }
  const { openOnnx } = await import('@onestep/backends/onnx');
  const config = join(dirname(tokenizer), 'tokenizer_config.json');
  const files = [model, tokenizer, ...(existsSync(config) ? [config] : [])];
  const digests = await Promise.all(files.map((file) => sha256OfFile(file)));
  const digest = createHash('sha256')
    .update(JSON.stringify([digests, pooling ?? null]))
    .digest('hex');
  return OnnxTextEncoder.open({
    tokenizer: await CaptionTokenizer.open(tokenizer),
    model: await openOnnx(model),
    name: basename(resolve(dirname(tokenizer))),
    digest,
    source: model,
    pooling,
  });
}

function findModel(folder: string): string {
  const found = [folder, join(folder, 'onnx')].flatMap((place) =>
    existsSync(place) ? readdirSync(place).flatMap((name) => (/\.onnx$/i.test(name) ? [join(place, name)] : [])) : [],
  );
  const known = MODELS.map((name) => found.find((file) => basename(file) === name)).find((file) => file !== undefined);
  const model = known ?? (found.length === 1 ? found[0] : undefined);
  if (model !== undefined) return model;
  throw new RangeError(
    found.length === 0
      ? `${folder} has no ONNX file: give the folder of a text encoder, with model.onnx and ${TOKENIZER}.`
      : `${folder} has several ONNX files (${found.map((file) => basename(file)).join(', ')}): give the one to take.`,
  );
}
