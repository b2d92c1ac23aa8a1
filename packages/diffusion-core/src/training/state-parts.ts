import type { StateDict } from '@onestep/checkpoint';

/**
 * Joins the state dicts of a task's parts into one. Each name gets its part's name as a prefix.
 *
 * @internal
 */
export function joinParts(parts: Record<string, StateDict>): StateDict {
  const joined: StateDict = {};
  for (const [part, dict] of Object.entries(parts)) {
    for (const [name, tensor] of Object.entries(dict)) joined[`${part}.${name}`] = tensor;
  }
  return joined;
}

/**
 * Takes one part's state dict out of the result of {@link joinParts}.
 *
 * @internal
 */
export function takePart(joined: StateDict, part: string): StateDict {
  const prefix = `${part}.`;
  const entries = Object.entries(joined).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
