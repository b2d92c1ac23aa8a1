import { isDeepStrictEqual } from 'node:util';
import { CheckpointError, type HostArray, type HostTensor, type StateDict } from '@onestep/checkpoint';

/** A file's tensors, and its share of a combination. */
export interface WeightedFile {
  path: string;
  tensors: StateDict;
  coefficient: number;
}

/**
 * Combines the weights of files, sum_i x_i w_i, in float64, rounded to float32. A tensor that is the same in all files, such as
 * a buffer, stays what it is. Nothing is read before a tensor's elements are accessed, and then one tensor of one file at a
 * time.
 *
 * @param files their tensors have the same names, shapes and types; the coefficients sum to 1
 * @returns tensors whose elements are computed on every access. An access throws CheckpointError, naming the file, if they are
 *   not finite, or differ and are not float32
 */
export function combineWeights(files: readonly [WeightedFile, ...WeightedFile[]]): StateDict {
  const entries = Object.entries(files[0].tensors).map(([name, { shape, dtype }]): [string, HostTensor] => {
    const tensor = {
      shape,
      dtype,
      get data() {
        return combine(name, files);
      },
    };
    return [name, tensor];
  });
  return Object.fromEntries(entries);
}

function combine(name: string, files: readonly [WeightedFile, ...WeightedFile[]]): HostArray {
  const [first] = files;
  const initial = first.tensors[name]!.data;
  const sum = new Float64Array(initial.length);
  let isSame = true;
  for (const { path, tensors, coefficient } of files) {
    const data = path === first.path ? initial : tensors[name]!.data;
    isSame &&= isDeepStrictEqual(data, initial);
    if (!(data instanceof Float32Array)) {
      if (isSame) continue;
      throw new CheckpointError(path, `${name} is not the same as in ${first.path}, and is not float32`);
    }
    for (let i = 0; i < data.length; i++) sum[i]! += coefficient * data[i]!;
    const invalid = data.find((value) => !Number.isFinite(value));
    if (invalid !== undefined) throw new CheckpointError(path, `${name} holds ${invalid}: leave this snapshot out`);
  }
  return isSame ? initial : Float32Array.from(sum);
}
