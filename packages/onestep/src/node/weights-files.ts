/** Where weights are looked for, in words. */
export const WEIGHTS_FOLDERS = 'in it or in its folder unet/';
/** Names of weights: `diffusion_pytorch_model.fp16.safetensors`, `pytorch_model-00001-of-00002.bin`. */
const WEIGHTS =
  /^(unet\/)?(?:diffusion_pytorch_model|pytorch_model|model)(\.[\w-]+?)?(-\d{5}-of-\d{5})?\.(safetensors|bin)$/;

/**
 * Chooses the files of weights among the files of a folder or repository of diffusers: safetensors before `.bin`, full
 * precision before variants such as `fp16`. Weights in several files are all of them.
 *
 * @param names with slashes, relative to the folder
 * @returns the shards in order; empty if there are no weights
 */
export function chooseWeights(names: readonly string[]): string[] {
  const found = names.flatMap((name) => {
    const [, folder = '', variant = '', shard = '', kind] = WEIGHTS.exec(name) ?? [];
    if (kind === undefined) return [];
    const rank = (folder === '' ? 0 : 4) + (variant === '' ? 0 : 2) + (kind === 'safetensors' ? 0 : 1);
    return [{ name, rank, isShard: shard !== '', group: `${folder} ${variant} ${kind}` }];
  });
  found.sort((a, b) => a.rank - b.rank || Number(a.isShard) - Number(b.isShard) || (a.name < b.name ? -1 : 1));
  const [first] = found;
  if (first === undefined) return [];
  if (!first.isShard) return [first.name];
  return found.filter(({ isShard, group }) => isShard && group === first.group).map(({ name }) => name);
}
