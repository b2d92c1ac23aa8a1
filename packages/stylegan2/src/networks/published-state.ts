import { toFloat32, type HostTensor, type StateDict } from '@onestep/checkpoint';
import type { Module } from '@onestep/nn';
import { FIR_FILTER } from './fir-filter.js';

/**
 * Brings a state dict to the form that a module reads. Adds the buffers `resample_filter` where they are left out, and checks
 * them where they are not: layers apply no other filter. Accepts shape [1] for scalars, which some writers of files have no other
 * shape for.
 *
 * @throws naming a filter that is not [1, 3, 3, 1]
 */
export function completeState(dict: StateDict, module: Module): StateDict {
  const complete = { ...dict };
  for (const [name, { fileShape }] of module.namedLeaves()) {
    const given = Object.hasOwn(dict, name) ? dict[name] : undefined;
    if (/(^|\.)resample_filter$/.test(name)) {
      if (given !== undefined && !isFirFilter(given)) {
        throw new Error(`${name} is not the filter [1, 3, 3, 1], the only one that these networks have.`);
      }
      complete[name] = { shape: [4, 4], data: Float32Array.from(FIR_FILTER) };
    } else if (fileShape.length === 0 && given?.shape.join() === '1') {
      complete[name] = { shape: [], data: toFloat32(given) };
    }
  }
  return complete;
}

function isFirFilter(filter: HostTensor): boolean {
  const values = toFloat32(filter);
  return values.length === FIR_FILTER.length && FIR_FILTER.every((value, i) => Math.abs(values[i]! - value) < 1e-6);
}
