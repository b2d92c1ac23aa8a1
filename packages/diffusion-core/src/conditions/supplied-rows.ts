import { plainCaption } from '@onestep/checkpoint';
import { isExternal, type CaptionEncoder, type ExternalEncoderSettings } from './caption-encoder.js';

/** Rows of plain captions by the encoder that made them: the same encoder makes the same rows for every network. */
const supplied = new Map<string, Map<string, Float32Array>>();

/**
 * Encodes captions for networks whose text encoder is not part of their files. From then on they are known like the captions of the
 * file: to prompts, to the label prior, to negative prompts and to the captions of real images, none of which waits for an encoder.
 *
 * @param encoder that of the network, with its settings. A model's own words need no rows: nothing is done for them.
 * @throws RangeError naming a caption that cannot be encoded
 */
export async function supplyCaptions(encoder: CaptionEncoder, captions: readonly string[]): Promise<void> {
  const { settings } = encoder;
  if (!isExternal(settings)) return;
  const different = [...new Set(captions)];
  const rows = await encoder.rows(different);
  const key = keyOf(settings);
  const known = supplied.get(key) ?? new Map<string, Float32Array>();
  for (const [i, caption] of different.entries()) known.set(plainCaption(caption), rows[i]!);
  supplied.set(key, known);
}

/** The row of a plain caption that was supplied; undefined for others. */
export function suppliedRow(settings: ExternalEncoderSettings, caption: string): Float32Array | undefined {
  return supplied.get(keyOf(settings))?.get(caption);
}

function keyOf({ type, name, size, digest, scale }: ExternalEncoderSettings): string {
  return JSON.stringify([type, name, size, digest, scale]);
}
