import { DDPMPP, DHARIWAL_UNET_DEFAULTS, NCSNPP, PreconditionedNetwork } from '@onestep/edm';
import { type StateDict } from '@onestep/checkpoint';
import { Rng } from '@onestep/random';
import { openNetwork } from '../networks/load-network.js';
import { UserError } from '../user-error.js';
import type { EdmTrainOptions } from './edm-train-options.js';

const ARCHITECTURES = { ddpmpp: DDPMPP, ncsnpp: NCSNPP, adm: DHARIWAL_UNET_DEFAULTS };

/** The network that `onestep edm train` begins with, untrained. @param augmentDim length of an augmentation label */
export function createNetwork(
  options: EdmTrainOptions,
  data: { resolution: number; channels: number; labelDim: number },
  augmentDim: number,
): PreconditionedNetwork {
  const base = ARCHITECTURES[options.arch];
  return new PreconditionedNetwork(
    {
      imgResolution: data.resolution,
      imgChannels: data.channels,
      labelDim: options.cond ? data.labelDim : 0,
      preconditioning: { scheme: options.precond },
      model: {
        ...base,
        augmentDim,
        modelChannels: options.cbase ?? base.modelChannels,
        channelMult: options.cres ?? base.channelMult,
        numBlocks: options.blocks ?? base.numBlocks,
        attnResolutions: options.attn ?? base.attnResolutions,
        dropout: options.dropout,
      },
    },
    new Rng(options.seed, 'initial-weights'),
  );
}

/**
 * Replaces a network's weights by those of a file, as the published script does: by name. What the file lacks keeps its
 * initial value, and what it has besides is not used.
 *
 * @returns a line that says what was kept or not used, or null
 * @throws UserError if a weight has another shape, or no name agrees
 */
export async function transferWeights(network: PreconditionedNetwork, path: string): Promise<string | null> {
  const { network: source } = await openNetwork(path);
  const theirs = await source.stateDict();
  source.dispose();
  const ours = await network.stateDict();
  const shared = Object.keys(ours).filter((name) => theirs[name] !== undefined);
  if (shared.length === 0) throw new UserError(`${path} and the network to train have no weights of the same name.`);
  for (const name of shared) {
    const [from, to] = [theirs[name]!.shape, ours[name]!.shape];
    if (from.join() !== to.join()) {
      throw new UserError(
        `${path} is a network of another size: its ${name} has shape [${from}], and [${to}] is needed. ` +
          'Give the options that it was trained with.',
      );
    }
  }
  network.loadStateDict({ ...ours, ...pick(theirs, shared) });
  const kept = Object.keys(ours).filter((name) => theirs[name] === undefined);
  const unused = Object.keys(theirs).filter((name) => ours[name] === undefined);
  if (kept.length === 0 && unused.length === 0) return null;
  return `--transfer: ${shared.length} tensors taken; ${count(kept, 'new')}; ${count(unused, 'not used')}.`;
}

function pick(dict: StateDict, names: readonly string[]): StateDict {
  return Object.fromEntries(names.map((name) => [name, dict[name]!]));
}

function count(names: readonly string[], what: string): string {
  const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ', ...' : '');
  return `${names.length} ${what}${names.length > 0 ? ` (${shown})` : ''}`;
}
