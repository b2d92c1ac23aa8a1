/** Where weights are looked for, in words. */
export const WEIGHTS_FOLDERS = 'in it or in its folders unet_ema/ and unet/';
/**
 * Names of weights: `diffusion_pytorch_model.fp16.safetensors`, `pytorch_model-00001-of-00002.bin`. The variant stands before
 * or after the shard.
 */
const WEIGHTS =
  /^(unet_ema\/|unet\/)?(?:diffusion_pytorch_model|pytorch_model|model)(\.[\w-]+?)?(-\d{5}-of-\d{5})?(\.[\w-]+?)?\.(safetensors|bin)$/;
/** Folders in the order in which they are taken: the averaged network of a training before the other one. */
const FOLDERS = ['', 'unet_ema/', 'unet/'];

/**
 * Chooses the files of weights among the files of a folder or repository of diffusers: safetensors before `.bin`, full
 * precision before variants such as `fp16`, averaged weights before others. Weights in several files are all of them.
 *
 * @param names with slashes, relative to the folder
 * @returns the shards in order; empty if there are no weights
 */
export function chooseWeights(names: readonly string[]): string[] {
  const found = names.flatMap((name) => {
    const [, folder = '', before = '', shard = '', after = '', kind] = WEIGHTS.exec(name) ?? [];
    if (kind === undefined) return [];
    const variant = before || after;
    const rank = 4 * FOLDERS.indexOf(folder) + (variant === '' ? 0 : 2) + (kind === 'safetensors' ? 0 : 1);
    return [{ name, rank, isShard: shard !== '', group: `${folder} ${variant} ${kind}` }];
  });
  found.sort((a, b) => a.rank - b.rank || Number(a.isShard) - Number(b.isShard) || (a.name < b.name ? -1 : 1));
  const [first] = found;
  if (first === undefined) return [];
  if (!first.isShard) return [first.name];
  return found.filter(({ isShard, group }) => isShard && group === first.group).map(({ name }) => name);
}

/** The first shard that is missing among those of {@link chooseWeights}: their names say how many there are. */
export function missingShard(weights: readonly string[]): string | undefined {
  const [, before, total, after] = /^(.*-)\d{5}-of-(\d{5})(\..*)$/.exec(weights[0] ?? '') ?? [];
  if (total === undefined) return undefined;
  const names = Array.from(
    { length: Number(total) },
    (_, i) => `${before}${String(i + 1).padStart(5, '0')}-of-${total}${after}`,
  );
  return names.find((name) => !weights.includes(name));
}
