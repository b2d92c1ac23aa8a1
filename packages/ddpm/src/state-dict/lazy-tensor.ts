import { toFloat32, type HostTensor } from '@onestep/checkpoint';

/** The same elements in another shape. They stay in their file until they are read. */
export function reshapeTensor(tensor: HostTensor, shape: number[]): HostTensor {
  return {
    shape,
    dtype: tensor.dtype,
    get data() {
      return tensor.data;
    },
  };
}

/** Other elements, as float32, computed each time they are read. @param compute from the tensors' elements */
export function computeTensor(
  tensors: readonly HostTensor[],
  shape: number[],
  compute: (...elements: Float32Array[]) => Float32Array,
): HostTensor {
  return {
    shape,
    dtype: 'F32',
    get data() {
      return compute(...tensors.map(toFloat32));
    },
  };
}

/** Rows of a matrix, or of a convolution's filters. @param rows indices in the order of the result */
export function selectRows(tensor: HostTensor, rows: readonly number[]): HostTensor {
  const [count = 1, ...rest] = tensor.shape;
  return computeTensor([tensor], [rows.length, ...rest], (elements) => {
    const length = elements.length / count;
    const result = new Float32Array(rows.length * length);
    for (const [to, from] of rows.entries())
      result.set(elements.subarray(from * length, (from + 1) * length), to * length);
    return result;
  });
}

/** Rows of several tensors, one after the other. */
export function joinRows(tensors: readonly HostTensor[]): HostTensor {
  const [first] = tensors as [HostTensor];
  const count = tensors.reduce((sum, { shape }) => sum + shape[0]!, 0);
  return computeTensor(tensors, [count, ...first.shape.slice(1)], (...parts) => {
    const result = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const part of parts) {
      result.set(part, offset);
      offset += part.length;
    }
    return result;
  });
}
