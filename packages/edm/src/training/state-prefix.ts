import type { StateDict } from '@onestep/nn';

/** One state dict of several: `weight` of part `ema` becomes `ema.weight`. */
export function joinStates(parts: Record<string, StateDict>): StateDict {
  const joined: StateDict = {};
  for (const [part, dict] of Object.entries(parts)) {
    for (const [name, tensor] of Object.entries(dict)) joined[`${part}.${name}`] = tensor;
  }
  return joined;
}

/** The part of that name. */
export function stateWithPrefix(joined: StateDict, part: string): StateDict {
  const prefix = `${part}.`;
  const entries = Object.entries(joined).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
