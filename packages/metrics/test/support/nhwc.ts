import { permuteAxes, type HostTensor } from '@onestep/checkpoint';

/** Images of a file of reference numbers, uint8 NCHW, as extractors take them. */
export function nhwc({ shape, data }: HostTensor): Uint8Array {
  return Uint8Array.from(permuteAxes(Float32Array.from(data as Uint8Array), shape, [0, 2, 3, 1]));
}
