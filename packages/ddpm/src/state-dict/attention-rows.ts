/**
 * The order of the output channels of the projection `qkv`: blocks of a head's queries, keys and values, one head after the
 * other (guided-diffusion's legacy order); all queries, all keys, all values, each by heads (its new order, and
 * consistency_models'); or query, key and value of one channel after the other (EDM).
 */
export type RowOrder = 'by-head' | 'by-kind' | 'by-channel';

/**
 * Lists which output channels of `qkv` are the queries, the keys and the values, each in the order of heads.
 *
 * @throws if the channels cannot be split into the heads
 */
export function attentionRows(channels: number, heads: number, order: RowOrder): [number[], number[], number[]] {
  const width = channels / heads;
  if (!Number.isInteger(heads) || !Number.isInteger(width)) {
    throw new Error(`${channels} channels cannot be split into ${heads} attention heads`);
  }
  const rows = (kind: number) =>
    Array.from({ length: channels }, (_, channel) => {
      if (order === 'by-kind') return kind * channels + channel;
      if (order === 'by-channel') return 3 * channel + kind;
      return (3 * Math.floor(channel / width) + kind) * width + (channel % width);
    });
  return [rows(0), rows(1), rows(2)];
}

/** The inverse of {@link attentionRows}: for each output channel of `qkv`, its place in queries, keys and values in a row. */
export function attentionPlaces(channels: number, heads: number, order: RowOrder): number[] {
  const places = new Array<number>(3 * channels);
  for (const [place, row] of attentionRows(channels, heads, order).flat().entries()) places[row] = place;
  return places;
}
