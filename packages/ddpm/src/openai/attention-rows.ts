/**
 * The order of the output channels of the projection `qkv`: blocks of a head's queries, keys and values, one head after the
 * other (guided-diffusion's legacy order); or all queries, all keys, all values, each by heads (its new order, and
 * consistency_models').
 */
export type RowOrder = 'by-head' | 'by-kind';

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
      return (3 * Math.floor(channel / width) + kind) * width + (channel % width);
    });
  return [rows(0), rows(1), rows(2)];
}
