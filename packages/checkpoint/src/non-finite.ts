import { dtypeOf, type HostTensor, type StateDict } from './host-tensor.js';

/** A tensor that holds something other than numbers. */
export interface NonFiniteTensor {
  name: string;
  /** What it holds: `NaN`, or `infinity` if there is no NaN in it. */
  holds: 'NaN' | 'infinity';
}

/**
 * Finds the first tensor with NaN or infinite elements, as the weights of a network whose training broke have them.
 *
 * @param options `infinity: false` looks for NaN only: an optimizer's second moments may overflow in a run that is well
 */
export function findNonFinite(tensors: StateDict, { infinity = true } = {}): NonFiniteTensor | undefined {
  for (const [name, tensor] of Object.entries(tensors)) {
    const holds = nonFiniteElement(tensor);
    if (holds === 'NaN' || (holds === 'infinity' && infinity)) return { name, holds };
  }
  return undefined;
}

function nonFiniteElement(tensor: HostTensor): NonFiniteTensor['holds'] | undefined {
  const { shape, data } = tensor;
  if (data instanceof Float32Array || data instanceof Float64Array) return nonFiniteNumber(data);
  if (!(data instanceof Uint16Array)) return undefined;
  const dtype = dtypeOf({ shape, data, dtype: tensor.dtype });
  if (dtype === 'F16') return nonFiniteBits(data, 0x7c00, 0x03ff);
  return dtype === 'BF16' ? nonFiniteBits(data, 0x7f80, 0x007f) : undefined;
}

function nonFiniteNumber(data: Float32Array | Float64Array): NonFiniteTensor['holds'] | undefined {
  let infinite = false;
  for (const value of data) {
    // x - x is 0 for numbers and NaN for everything else.
    if (value - value === 0) continue;
    if (Number.isNaN(value)) return 'NaN';
    infinite = true;
  }
  return infinite ? 'infinity' : undefined;
}

/** Half precisions are their bits: an exponent of ones means infinity, or NaN if the fraction is not 0. */
function nonFiniteBits(data: Uint16Array, exponent: number, fraction: number): NonFiniteTensor['holds'] | undefined {
  let infinite = false;
  for (const bits of data) {
    if ((bits & exponent) !== exponent) continue;
    if ((bits & fraction) !== 0) return 'NaN';
    infinite = true;
  }
  return infinite ? 'infinity' : undefined;
}
