import { ADM, DDPMPP, NCSNPP, PreconditionedNetwork } from '@onestep/edm';
import { type StateDict } from '@onestep/checkpoint';
import { Rng } from '@onestep/random';
import { openNetwork } from '../networks/load-network.js';
import { UserError } from '../user-error.js';
import { isOlderThanGrounds, type EdmTrainOptions } from './edm-train-options.js';
import type { RunPlace } from './run-options.js';
import type { TrainingData } from './training-data.js';

const ARCHITECTURES = { ddpmpp: DDPMPP, ncsnpp: NCSNPP, adm: ADM };

/**
 * Creates the network that `onestep edm train` trains, with initial weights.
 *
 * @param augmentDim length of an augmentation label
 */
export function createNetwork(
  options: EdmTrainOptions & Pick<RunPlace, 'unrecorded'>,
  { dataset, labels, labelDim }: Pick<TrainingData, 'dataset' | 'labels' | 'labelDim'>,
  augmentDim: number,
): PreconditionedNetwork {
  const base = ARCHITECTURES[options.arch];
  const modelChannels = options.cbase ?? base.modelChannels;
  return new PreconditionedNetwork(
    {
      imgResolution: dataset.resolution,
      imgChannels: dataset.channels,
      labelDim,
      classNames: labels === null ? undefined : (dataset.classNames ?? undefined),
      labels: labels ?? undefined,
      useFp16: options.fp16,
      preconditioning: { scheme: options.precond },
      model: {
        ...base,
        augmentDim,
        modelChannels,
        // A class is one direction among these channels, and the published networks have as many as the first level. A caption
        // is a dozen directions of hundreds.
        ...(labels?.kind === 'captions' &&
          'channelMultNoise' in base &&
          !isOlderThanGrounds(options) && {
            channelMultNoise: Math.max(base.channelMultNoise, Math.ceil(options.captionChannels / modelChannels)),
          }),
        channelMult: options.cres ?? base.channelMult,
        numBlocks: options.blocks ?? base.numBlocks,
        attnResolutions: options.attn ?? base.attnResolutions,
        dropout: options.dropout,
        labelDropout: options.condDropout,
      },
    },
    new Rng(options.seed, 'initial-weights'),
  );
}

/** Weights that read labels. A network of other labels, or of captions, begins anew with them. */
const LABEL_WEIGHTS = /^model\.map_(label|layer0)\./;

/**
 * Replaces a network's weights by those in a file with the same names, as the published script does. Weights that the
 * file lacks keep their initial values, and so do those that read labels where the file's labels have another length.
 *
 * @returns a line about weights that were kept or not used, or null if there are none
 * @throws UserError if it is a network of another kind, a weight has another shape, or no name matches
 */
export async function transferWeights(network: PreconditionedNetwork, path: string): Promise<string | null> {
  const { network: source } = await openNetwork(path);
  if (!(source instanceof PreconditionedNetwork)) {
    source.module.dispose();
    throw new UserError(
      `${path} is not an EDM network (DDPM++, NCSN++ or ADM), and no other can be trained further here. ` +
        'As a teacher it can be distilled: onestep distill METHOD --edm-model.',
    );
  }
  const theirs = await source.module.stateDict();
  source.module.dispose();
  const ours = await network.stateDict();
  const named = Object.keys(ours).filter((name) => theirs[name] !== undefined);
  if (named.length === 0)
    throw new UserError(
      `${path} has no weights with the names of this network's. Pass a network trained with the same --arch.`,
    );
  const shared = named.filter((name) => {
    const [from, to] = [theirs[name]!.shape, ours[name]!.shape];
    if (from.join() === to.join()) return true;
    if (LABEL_WEIGHTS.test(name)) return false;
    throw new UserError(
      `${path} is a network of another size: its ${name} has shape [${from}], but [${to}] is needed. ` +
        'Pass the options that it was trained with.',
    );
  });
  network.loadStateDict({ ...ours, ...pick(theirs, shared) });
  const kept = Object.keys(ours).filter((name) => !shared.includes(name));
  const unused = Object.keys(theirs).filter((name) => ours[name] === undefined);
  if (kept.length === 0 && unused.length === 0) return null;
  return `--transfer: ${shared.length} tensors taken; ${summarize(kept, 'new')}; ${summarize(unused, 'not used')}.`;
}

function pick(dict: StateDict, names: readonly string[]): StateDict {
  return Object.fromEntries(names.map((name) => [name, dict[name]!]));
}

function summarize(names: readonly string[], what: string): string {
  const examples = names.slice(0, 3).join(', ') + (names.length > 3 ? ', ...' : '');
  return `${names.length} ${what}${names.length > 0 ? ` (${examples})` : ''}`;
}
