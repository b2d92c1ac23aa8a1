import { describeInvalidWordEncoder, slotCount, wordEncoderDim, type WordEncoderSettings } from './word-encoder.js';

/**
 * Makes label vectors of captions: {@link WordEncoder}, which is part of a model file, or a text encoder that is passed, such
 * as a file of embeddings, an ONNX file, or an encoder of a program or page.
 */
export interface CaptionEncoder {
  /** What the file of a network that is trained with it states. */
  readonly settings: EncoderSettings;
  /** Length of a label vector. */
  readonly dim: number;
  /** Whether it can encode a caption; left out, it encodes any. */
  knows?(caption: string): boolean;
  /**
   * Encodes captions. One without words is the null label: all zeros.
   *
   * @returns a row of `dim` numbers for each
   * @throws RangeError, from the promise, naming a caption that it cannot encode
   */
  rows(captions: readonly string[]): Promise<Float32Array[]>;
}

/** Settings of a {@link CaptionEncoder}, as a model file states them. JSON. */
export type EncoderSettings = WordEncoderSettings | ExternalEncoderSettings;

/** Kinds of text encoders that are not part of a model file: a file of embeddings, an ONNX file, an encoder of a program. */
export const EXTERNAL_ENCODERS = ['embeddings', 'onnx', 'program'] as const;

/** What a model file states of a text encoder that is not part of it. JSON. */
export interface ExternalEncoderSettings {
  type: (typeof EXTERNAL_ENCODERS)[number];
  /** Name of the text encoder, such as `openai/clip-vit-base-patch32`, or of its file. */
  name: string;
  /** Whether `name` is the text encoder's own, which identifies it; left out, it is the file's. */
  isNamed?: true;
  /** Numbers in an embedding. */
  size: number;
  /** SHA-256 of its file; left out for an encoder of a program. */
  digest?: string;
  /** Factor of the embeddings as label vectors. */
  scale: number;
}

/** Whether an encoder is not part of a model file, and has to be passed. */
export function isExternal(settings: EncoderSettings): settings is ExternalEncoderSettings {
  return settings.type !== 'words';
}

/** Length of an encoder's label vectors. */
export function encoderDim(settings: EncoderSettings): number {
  return isExternal(settings) ? settings.size : wordEncoderDim(settings);
}

/** Describes an encoder in words, for messages. */
export function describeEncoder(settings: EncoderSettings): string {
  if (!isExternal(settings)) return `a vocabulary of ${settings.words.length} words with ${slotCount(settings)} slots`;
  const { name, size } = settings;
  return `the text encoder ${JSON.stringify(name)} of ${size} numbers`;
}

/**
 * Checks the settings of an encoder in a file.
 *
 * @param value of any kind
 * @returns what is wrong with them, to follow a name; null if they are valid
 */
export function describeInvalidEncoder(value: unknown): string | null {
  const { type, name, size, digest, scale } = Object(value) as Partial<Record<keyof ExternalEncoderSettings, unknown>>;
  if (type === 'words') return describeInvalidWordEncoder(value);
  if (!(EXTERNAL_ENCODERS as readonly unknown[]).includes(type)) {
    return `is of the type ${JSON.stringify(type)}, not one of ${['words', ...EXTERNAL_ENCODERS].join(', ')}`;
  }
  if (typeof name !== 'string' || name === '') return 'has no name';
  if (!(Number.isSafeInteger(size) && (size as number) > 0)) {
    return `has ${JSON.stringify(size)} numbers, not a whole number from 1`;
  }
  if (digest !== undefined && typeof digest !== 'string') return 'has a digest that is not a text';
  if (!(Number.isFinite(scale) && (scale as number) > 0)) {
    return `has the scale ${JSON.stringify(scale)}, not a number above 0`;
  }
  return null;
}
