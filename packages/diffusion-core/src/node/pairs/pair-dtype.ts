import { toFloat16, toFloat32, type HostTensor } from '@onestep/checkpoint';
import { fromUint8 } from '../../images/from-uint8.js';
import { toUint8 } from '../../images/to-uint8.js';

/** How images are stored, by the names of options: the numbers of an image, and back. */
export const PAIR_DTYPES = {
  float32: {
    bytes: 4,
    encode: (images: Float32Array) => ({ data: images }),
    decode: toFloat32,
  },
  float16: {
    bytes: 2,
    encode: (images: Float32Array) => ({ data: toFloat16(images), dtype: 'F16' }),
    decode: toFloat32,
  },
  /** Rounded as pictures are, and cut to [-1, 1]. */
  uint8: {
    bytes: 1,
    encode: (images: Float32Array) => ({ data: toUint8(images) }),
    decode: ({ data }: HostTensor) => fromUint8(data as Uint8Array),
  },
} as const satisfies Record<
  string,
  {
    bytes: number;
    encode(images: Float32Array): Pick<HostTensor, 'data' | 'dtype'>;
    decode(tensor: HostTensor): Float32Array;
  }
>;

/** How images are stored. */
export type PairDtype = keyof typeof PAIR_DTYPES;

/** The names of the data types in safetensors. */
export const STORED_AS: Record<PairDtype, string> = { float32: 'F32', float16: 'F16', uint8: 'U8' };
