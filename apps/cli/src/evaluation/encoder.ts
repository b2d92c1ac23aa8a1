import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { parseJson } from '@onestep/checkpoint';
import { readRegularFile } from '@onestep/checkpoint/node';
import { openOnnx } from '@onestep/backends/onnx';
import { ENCODER_PRESETS, EncoderExtractor, parseEncoderSettings, type EncoderSettings } from '@onestep/metrics';
import { UserError } from '../user-error.js';

/** Values of `--encoder`, for help and messages. */
export const ENCODER_CHOICES = `a JSON file with its settings, or ${Object.keys(ENCODER_PRESETS).join(', ')}`;

/** An image encoder. */
export interface LoadedEncoder {
  extractor: EncoderExtractor;
  /** SHA-256 of its weights and of its settings: features depend on both. */
  checksum: string;
}

/**
 * Loads an image encoder from an ONNX file.
 *
 * @param settings its settings: a JSON file or the name of a preset; left out, the JSON file with the encoder's name
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
  const file = settings ?? path.replace(/\.onnx$/i, '.json');
  if (!existsSync(file)) {
    throw new UserError(
      settings === undefined
        ? `${path} needs settings that say how it takes images: ${file} next to it, or --encoder (${ENCODER_CHOICES}).`
        : `There is no ${settings}. --encoder is ${ENCODER_CHOICES}.`,
    );
  }
  return parseEncoderSettings(parseSettings(readRegularFile(file).toString('utf8'), file), file);
}

function parseSettings(text: string, file: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw new UserError(`${file} is not JSON: ${(error as Error).message}`);
  }
}
