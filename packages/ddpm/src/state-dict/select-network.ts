import type { StateDict } from '@onestep/checkpoint';

/**
 * Selects the tensors of a network among those of a file, and removes what programs put before their names, such as
 * `module.` or `model.diffusion_model.`.
 *
 * @param marker name of a tensor that only the network has
 * @returns the tensors before whose names the same stands as before the marker's; null if there is no marker
 */
export function selectNetwork(tensors: StateDict, marker: string): StateDict | null {
  const found = Object.keys(tensors).find((name) => name === marker || name.endsWith(`.${marker}`));
  if (found === undefined) return null;
  const prefix = found.slice(0, -marker.length);
  if (prefix === '') return tensors;
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

/** Whether a file has an encoder of images too, so that its network works on latents. */
export function hasImageEncoder(tensors: StateDict): boolean {
  return Object.keys(tensors).some((name) => /(^|\.)(first_stage_model|vae|vqvae)\./.test(name));
}
