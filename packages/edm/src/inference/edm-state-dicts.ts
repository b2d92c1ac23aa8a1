import type { StateDict } from '@onestep/checkpoint';

/** Segments that wrappers of PyTorch put into names: `torch.compile`, activation checkpointing, FSDP. */
const WRAPPERS = /(^|\.)(_orig_mod|_checkpoint_wrapped_module|_fsdp_wrapped_module)(?=\.)/g;
/** A layer that every UNet of this package has, and no other network. */
const LANDMARK = 'map_layer0.weight';
/** Parts of a UNet and, on the wrapper around it, the table of noise levels. */
const OF_THE_UNET = /^(map_(noise|label|augment|layer0|layer1)|enc|dec|out_norm|out_conv)\./;
const TABLE = 'u';

/** The weights of one network among named tensors. */
export interface EdmStateDict {
  /** What its names start with in the file, without the names of wrappers: `module.model`, or nothing. */
  prefix: string;
  /** The weights under the names of the published networks: `model.enc.32x32_conv.weight`. */
  tensors: StateDict;
  /** Names next to them that belong to no network of this package, such as `model.logvar_linear.weight`. */
  unused: readonly string[];
}

/**
 * Finds the networks of this package among named tensors, whatever their names start with: `model.`, `module.model.`,
 * `_orig_mod.model.`, `net.model.`, or nothing.
 *
 * @returns one entry per network; empty if there is none
 */
export function findEdmStateDicts(tensors: StateDict): EdmStateDict[] {
  const named = Object.entries(tensors).map(([name, tensor]) => ({
    name: name
      .replace(WRAPPERS, '$1')
      .replace(/^\./, '')
      .replace(/\.{2,}/g, '.'),
    tensor,
  }));
  const prefixes = named
    .map(({ name }) => name)
    .filter((name) => name === LANDMARK || name.endsWith(`.${LANDMARK}`))
    .map((name) => name.slice(0, -LANDMARK.length));
  return [...new Set(prefixes)].map((prefix) => {
    const wrapper = prefix.replace(/[^.]+\.$/, '');
    const taken: StateDict = {};
    const unused: string[] = [];
    for (const { name, tensor } of named) {
      const inner = name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
      if (inner !== undefined && OF_THE_UNET.test(inner)) taken[`model.${inner}`] = tensor;
      else if (prefix !== '' && name === `${wrapper}${TABLE}`) taken[TABLE] = tensor;
      else if (prefixes.length === 1 || inner !== undefined) unused.push(name);
    }
    return { prefix: prefix.slice(0, -1), tensors: taken, unused };
  });
}
