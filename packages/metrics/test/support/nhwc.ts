import { permuteAxes, type HostTensor } from '@onestep/checkpoint';

/** Converts uint8 NCHW images of a fixture to the NHWC that extractors take. */
export function nhwc({ shape, data }: HostTensor): Uint8Array {
  return Uint8Array.from(permuteAxes(Float32Array.from(data as Uint8Array), shape, [0, 2, 3, 1]));
}
