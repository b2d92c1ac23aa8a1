import {
  captionEncoder,
  checkTakesCaptions,
  describeEncoder,
  isExternal,
  type CaptionEncoder,
  type ExternalEncoderSettings,
  type Labeled,
} from '@onestep/diffusion-core';

/** Number of captions of a network's file whose embeddings are compared. */
const COMPARED = 4;
/** Largest difference of two embeddings of a caption, relative to their length: half precision differs by 1e-3. */
const TOLERANCE = 0.02;

/**
 * The encoder of a network's captions: its own words, or the text encoder that is handed in, if that is the one with which
 * the network was trained. That is so if it encodes captions of the network's file as the file says, whatever format it is
 * in; where it cannot encode any of them, if its file or its name is the same.
 *
 * @param given left out, the network's own
 * @throws RangeError naming both encoders, if it is another one; if the network does not take captions; if none is given
 *   and its captions are encoded by one that is not part of its file
 */
export async function fitEncoder(network: Labeled, given?: CaptionEncoder): Promise<CaptionEncoder> {
  checkTakesCaptions(network);
  const settings = network.labels!.encoder!;
  if (given === undefined) return captionEncoder(network);
  // It has been fitted before.
  if (given.settings === settings) return given;
  if (!isExternal(settings)) {
    throw new RangeError(
      `textEncoder has no meaning here: the captions of this network are encoded by ${describeEncoder(settings)}, which is ` +
        'part of its file. Leave it out.',
    );
  }
  const refuse = (why: string): never => {
    throw new RangeError(
      `This network was trained with ${describeEncoder(settings)}, and textEncoder is ${describeEncoder(given.settings)}: ${why}.`,
    );
  };
  if (given.dim !== settings.size) refuse('embeddings of another length');
  const encoder = scaleEncoder(given, settings);
  const { captions = [], rows = [] } = network.labels!;
  const known = captions.map((_, i) => i).filter((i) => given.knows?.(captions[i]!) ?? true);
  const compared = known.slice(0, COMPARED);
  const found = await encoder.rows(compared.map((i) => captions[i]!));
  for (const [n, i] of compared.entries()) {
    const difference = relativeDifference(found[n]!, rows[i]!);
    if (difference <= TOLERANCE) continue;
    refuse(`its embedding of ${JSON.stringify(captions[i])} differs by ${(100 * difference).toFixed(0)} %`);
  }
  if (compared.length === 0 && !isSameByName(settings, given)) {
    const example =
      captions.length === 0
        ? ''
        : `, or add the embedding of a caption of its training, such as ${JSON.stringify(captions[0])}`;
    refuse(
      `not the same file or name, and no caption in common by which to compare them. State the name in both files${example}`,
    );
  }
  return encoder;
}

/** The same encoder, with rows that are multiplied by the factor of settings. */
export function scaleEncoder(encoder: CaptionEncoder, settings: ExternalEncoderSettings): CaptionEncoder {
  const { scale } = settings;
  return {
    settings,
    dim: encoder.dim,
    knows: (caption) => encoder.knows?.(caption) ?? true,
    rows: async (captions) =>
      (await encoder.rows(captions)).map((row) => (scale === 1 ? row : row.map((value) => value * scale))),
  };
}

/**
 * The factor that makes embeddings 1 long in the root mean square, of three digits: EDM networks multiply labels by the
 * root of their length, so that numbers then have about unit variance.
 */
export function unitScale(rows: readonly Float32Array[]): number {
  const squares = rows.map((row) => row.reduce((sum, value) => sum + value * value, 0));
  const mean = squares.reduce((a, b) => a + b, 0) / squares.length;
  return mean > 0 ? Number((1 / Math.sqrt(mean)).toPrecision(3)) : 1;
}

function isSameByName(settings: ExternalEncoderSettings, { settings: given }: CaptionEncoder): boolean {
  if (!isExternal(given)) return false;
  if (settings.digest !== undefined && given.digest === settings.digest) return true;
  return settings.isNamed === true && given.isNamed === true && given.name === settings.name;
}

function relativeDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, length] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (found[i]! - expected[i]!) ** 2;
    length += expected[i]! ** 2;
  }
  if (length === 0) return difference === 0 ? 0 : Infinity;
  return Math.sqrt(difference / length);
}
