import { CheckpointError, toFloat16, toFloat32, type StateDict } from '@onestep/checkpoint';

/** The largest number that does not round to infinity in float16. */
const LARGEST = 65_504;

/**
 * The same tensors with those of float32 rounded to float16, in half the space. Loading makes them float32 again; a weight
 * then differs by at most 1 part in 2,048, or by 3e-8 where it is below 6e-5.
 *
 * @param name of the file, for messages
 * @throws CheckpointError if a number is too large for float16
 */
export function halfPrecision(tensors: StateDict, name: string): StateDict {
  return Object.fromEntries(
    Object.entries(tensors).map(([key, tensor]) => {
      if (!(tensor.data instanceof Float32Array)) return [key, tensor];
      const data = toFloat32(tensor);
      if (data.some((value) => Math.abs(value) > LARGEST && Number.isFinite(value))) {
        throw new CheckpointError(
          name,
          `${key} has numbers beyond ${LARGEST}, which float16 cannot hold; leave out --half (half)`,
        );
      }
      return [key, { shape: tensor.shape, data: toFloat16(data), dtype: 'F16' as const }];
    }),
  );
}
