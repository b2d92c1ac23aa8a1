import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseJson } from '@onestep/checkpoint';
import { readRegularFile } from '@onestep/checkpoint/node';
import { openOnnx } from '@onestep/backends/onnx';
import {
  ENCODER_PRESETS,
  EncoderExtractor,
  parseEncoderSettings,
  parsePreprocessorConfig,
  type EncoderSettings,
} from '@onestep/metrics';
import { UserError } from '../user-error.js';

/** Values of `--encoder`, for help and messages. */
export const ENCODER_CHOICES = `a JSON file with its settings, the preprocessor_config.json of Hugging Face, or ${Object.keys(ENCODER_PRESETS).join(', ')}`;

/** How an encoder takes images, in a folder of Hugging Face. */
const PREPROCESSOR = 'preprocessor_config.json';

/** An image encoder. */
export interface LoadedEncoder {
  extractor: EncoderExtractor;
  /** SHA-256 of its weights and of its settings: features depend on both. */
  checksum: string;
}

/**
 * Loads an image encoder from an ONNX file.
 *
 * @param settings its settings: a JSON file or the name of a preset; left out, the JSON file with the encoder's name, or
 *   `preprocessor_config.json` in its folder or the one above
 * @param weights SHA-256 of the file
 * @throws UserError if there are no settings; an error naming the file, if the encoder does not fit them
 */
export async function loadEncoder(path: string, settings: string | undefined, weights: string): Promise<LoadedEncoder> {
  const found = await encoderSettings(path, settings);
  const sorted = Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1));
  const checksum = createHash('sha256')
    .update(JSON.stringify([weights, sorted]))
    .digest('hex');
  const extractor = await EncoderExtractor.open({
    model: await openOnnx(path),
    settings: found,
    checksum,
    source: path,
  });
  return { extractor, checksum };
}

async function encoderSettings(path: string, settings: string | undefined): Promise<EncoderSettings> {
  const preset = settings === undefined ? undefined : ENCODER_PRESETS[settings];
  if (preset !== undefined) return preset;
  const file = settings ?? findSettings(path);
  if (file === undefined || !existsSync(file)) {
    throw new UserError(
      settings === undefined
        ? `${path} needs settings that say how it takes images: ${ownSettings(path)} or ${PREPROCESSOR} next to it, or --encoder ` +
            `(${ENCODER_CHOICES}).`
        : `There is no ${settings}. --encoder is ${ENCODER_CHOICES}.`,
    );
  }
  const json = parseSettings(readRegularFile(file).toString('utf8'), file);
  if (basename(file) !== PREPROCESSOR) return parseEncoderSettings(json, file);
  return parsePreprocessorConfig(json, basename(resolve(dirname(file))), file);
}

function ownSettings(path: string): string {
  return path.replace(/\.onnx$/i, '.json');
}

function findSettings(path: string): string | undefined {
  const folders = [dirname(path), dirname(resolve(dirname(path)))];
  return [ownSettings(path), ...folders.map((folder) => join(folder, PREPROCESSOR))].find((file) => existsSync(file));
}

function parseSettings(text: string, file: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw new UserError(`${file} is not JSON: ${(error as Error).message}`);
  }
}
