import { plainCaption, quoteCaption } from '@onestep/checkpoint';
import type { CaptionEncoder } from '@onestep/diffusion-core';

/** A text encoder of a program or page. */
export interface TextEncoderArgs {
  /** Its name, such as `openai/clip-vit-base-patch32`, which the files of networks state that are trained with it. */
  name: string;
  /** Numbers in an embedding. */
  size: number;
  /**
   * Encodes texts, none of which is empty.
   *
   * @returns an embedding of `size` numbers for each
   */
  encode(texts: readonly string[]): Promise<readonly ArrayLike<number>[]> | readonly ArrayLike<number>[];
}

/**
 * Makes an encoder of captions of a text encoder that a program or page runs itself, such as one of transformers.js.
 *
 * @returns an encoder for `textEncoder` of `sample` and for `encodeCaptions`; its rows are checked
 */
export function programEncoder({ name, size, encode }: TextEncoderArgs): CaptionEncoder {
  return {
    settings: { type: 'program', name, isNamed: true, size, scale: 1 },
    dim: size,
    async rows(captions) {
      const plain = captions.map(plainCaption);
      const texts = [...new Set(plain)].filter((text) => text !== '');
      const encoded = texts.length === 0 ? [] : await encode(texts);
      if (encoded.length !== texts.length) {
        throw new RangeError(
          `The text encoder ${name} returned ${encoded.length} embeddings of ${texts.length} texts.`,
        );
      }
      const rowOf = new Map(texts.map((text, i) => [text, checkedRow(encoded[i]!, text, { name, size })]));
      return plain.map((text) => rowOf.get(text) ?? new Float32Array(size));
    },
  };
}

function checkedRow(
  row: ArrayLike<number>,
  text: string,
  { name, size }: { name: string; size: number },
): Float32Array {
  const what = `The text encoder ${name} returned an embedding of ${quoteCaption(text)}`;
  if (row.length !== size) throw new RangeError(`${what} of ${row.length} numbers, not ${size}.`);
  const values = Float32Array.from(row);
  if (!values.every(Number.isFinite)) throw new RangeError(`${what} with a number that is not finite.`);
  return values;
}
