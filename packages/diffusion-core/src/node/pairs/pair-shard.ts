import { CheckpointError, permuteAxes, readRows, type HostTensor, type Safetensors } from '@onestep/checkpoint';
import { openSafetensors } from '@onestep/checkpoint/node';
import type { PairBatch } from '../../pairs/pair-batch-source.js';
import type { PairIndex, PairSettings } from './pair-index.js';
import { PAIR_DTYPES, STORED_AS } from './pair-dtype.js';

/** Tensors of a file with pairs: NCHW, as PyTorch reads them. */
const NAMES = { seeds: 'seeds', noise: 'noise', images: 'images', classes: 'classes', labels: 'labels' } as const;

/** The metadata entry with the digest of the settings. */
const DIGEST = 'settings';

/**
 * The contents of a file of pairs: `seeds` (int64), `noise` (unit, float32) and `images`, [N, C, H, W], and `classes` (int32),
 * or `labels`, [N, labelDim], for labels that are not classes.
 *
 * @param digest of the settings
 */
export function encodeShard(
  { noise, images, labels, count }: PairBatch,
  seeds: readonly number[],
  { imgResolution: size, imgChannels: channels, labelDim, dtype }: PairSettings,
  digest: string,
): Safetensors {
  const shape = [count, channels, size, size];
  const channelsFirst = (data: Float32Array) =>
    channels === 1 ? data : permuteAxes(data, [count, size, size, channels], [0, 3, 1, 2]);
  return {
    tensors: {
      [NAMES.seeds]: { shape: [count], data: BigInt64Array.from(seeds, BigInt) },
      [NAMES.noise]: { shape, data: channelsFirst(noise) },
      [NAMES.images]: { shape, ...PAIR_DTYPES[dtype].encode(channelsFirst(images)) },
      ...labelTensor(labels, count, labelDim),
    },
    metadata: { [DIGEST]: digest },
  };
}

/** Bytes of a pair in a file. */
export function bytesPerPair({ imgResolution, imgChannels, labelDim, labels, dtype }: PairSettings): number {
  const pixels = imgResolution ** 2 * imgChannels;
  const label =
    labelDim === 0 ? 0 : labels === undefined || labels === null || labels.kind === 'classes' ? 4 : 4 * labelDim;
  return 8 + pixels * (4 + PAIR_DTYPES[dtype].bytes) + label;
}

/** A file of pairs, whose pairs are read one by one. */
export class PairShard {
  readonly seeds: readonly number[];
  /** Digest of the settings that its pairs were made with. */
  readonly digest: string;
  private readonly tensors: Record<string, HostTensor>;
  private readonly path: string;

  /** @throws CheckpointError naming the file if it does not hold pairs; the file system's error if it is missing */
  constructor(path: string, index: PairSettings) {
    const { tensors, metadata } = openSafetensors(path);
    this.path = path;
    this.tensors = tensors;
    this.digest = metadata[DIGEST] ?? '';
    const seeds = tensors[NAMES.seeds];
    if (seeds === undefined || seeds.dtype !== 'I64') throw new CheckpointError(path, 'it has no seeds of pairs');
    this.seeds = Array.from(seeds.data as BigInt64Array, Number);
    this.check(index);
  }

  /** Reads the pair of a number. */
  read(number: number, { imgResolution: size, imgChannels: channels, labelDim, dtype }: PairIndex): PairBatch {
    const take = (name: string) => readRows(this.tensors[name]!, number, 1);
    const channelsLast = (data: Float32Array) =>
      channels === 1 ? data : permuteAxes(data, [1, channels, size, size], [0, 2, 3, 1]);
    return {
      noise: channelsLast(take(NAMES.noise).data as Float32Array),
      images: channelsLast(PAIR_DTYPES[dtype].decode(take(NAMES.images))),
      labels: labelDim === 0 ? null : this.label(take, labelDim),
      count: 1,
    };
  }

  private label(take: (name: string) => HostTensor, labelDim: number): Float32Array {
    if (this.tensors[NAMES.labels] !== undefined) return take(NAMES.labels).data as Float32Array;
    const [index] = take(NAMES.classes).data as Int32Array;
    if (index! >= 0 && index! < labelDim) return Float32Array.from({ length: labelDim }, (_, i) => Number(i === index));
    throw new CheckpointError(this.path, `it has the class ${index}, and there are the classes 0 to ${labelDim - 1}`);
  }

  private check({ imgResolution: size, imgChannels: channels, labelDim, dtype }: PairSettings): void {
    const count = this.seeds.length;
    const images = [count, channels, size, size];
    const label: [string, number[], string] =
      this.tensors[NAMES.labels] === undefined
        ? [NAMES.classes, [count], 'I32']
        : [NAMES.labels, [count, labelDim], 'F32'];
    const wanted: [string, number[], string][] = [
      [NAMES.noise, images, 'F32'],
      [NAMES.images, images, STORED_AS[dtype]],
      ...(labelDim === 0 ? [] : [label]),
    ];
    for (const [name, shape, type] of wanted) {
      const tensor = this.tensors[name];
      const found = tensor === undefined ? 'is missing' : `is ${tensor.dtype} [${tensor.shape}]`;
      if (found !== `is ${type} [${shape}]`) {
        throw new CheckpointError(this.path, `its tensor ${name} ${found}, and ${type} [${shape}] belongs there`);
      }
    }
  }
}

/** Classes as their numbers, other labels as they are. */
function labelTensor(labels: Float32Array | null, count: number, labelDim: number): Record<string, HostTensor> {
  if (labels === null) return {};
  const rows = Array.from({ length: count }, (_, i) => labels.subarray(i * labelDim, (i + 1) * labelDim));
  const isClass = (row: Float32Array) =>
    row.every((value) => value === 0 || value === 1) && row.reduce((a, b) => a + b, 0) === 1;
  return rows.every(isClass)
    ? { [NAMES.classes]: { shape: [count], data: Int32Array.from(rows, (row) => row.indexOf(1)) } }
    : { [NAMES.labels]: { shape: [count, labelDim], data: labels } };
}
